/**
 * The verdict on a run of a mesh: the log is replayed against the model in the order of the indexes, every answer and
 * view is held against it, the indexes against real time, the nodes against each other. Beside that stand direct rules,
 * which need neither model nor, mostly, log: a fault in the checker's own model must not hide a double booking.
 */
import { agreedLog } from './agreed-log.js';
import { judgeAnswers } from './answers.js';
import { judgeLedgers } from './final-ledgers.js';
import { type Anomaly, type AnomalyKind, Findings } from './findings.js';
import { attemptsOf, isAnswered } from './history.js';
import { type AnsweredQuery, type CommandAttempt, type QueryAttempt, sortedByKind } from './mesh-history.js';
import type { Decision } from './model/ledger-model.js';
import { readLedger } from './node-ledger.js';
import { Reads } from './reads.js';
import { judgeOrder, RealTime } from './real-time.js';
import { replay } from './replay.js';
import { type Claim, claimsOf, Requests } from './requests.js';
import { acknowledgedEverywhere } from './rules/acknowledged-everywhere.js';
import { noOverlapInAnswers, noOverlapInLedgers } from './rules/no-overlap.js';
import { noPartialTrip } from './rules/no-partial-trip.js';
import { oncePerKey } from './rules/once-per-key.js';
import { sameKeySameAnswer } from './rules/same-key-same-answer.js';
import { holdsEnd, timeGoesOn } from './rules/time.js';
import { type Run, TOLERANCES } from './run.js';

export interface Report {
  /** The first ones of each kind; empty when the run is correct. */
  readonly anomalies: readonly Anomaly[];
  /** All of them, counted by kind. */
  readonly counts: ReadonlyMap<AnomalyKind, number>;
  readonly checked: Checked;
}

/** How much was looked at: a run in which little happened proves little. */
export interface Checked {
  readonly answers: number;
  readonly unknown: number;
  /** Unknown attempts of requests that did take effect. */
  readonly unknownInLog: number;
  readonly denied: number;
  readonly linearizableReads: number;
  readonly staleReads: number;
  readonly entries: number;
  readonly executed: number;
  readonly repeated: number;
  readonly nodes: number;
}

/**
 * Checks a run. Throws an Error('history: …' or 'run: …') when it cannot be read as one: ends without beginnings, a hole
 * in the log, a row or an operation that the checker knows nothing of.
 */
export function checkRun(run: Run, tolerances = TOLERANCES): Report {
  const findings = new Findings();
  const attempts = attemptsOf(run.history);
  const { commands, queries } = sortedByKind(attempts);
  const views = queries.filter((query): query is AnsweredQuery => isAnswered(query));
  const log = agreedLog(run, findings);
  const ledgers = run.nodes.map(readLedger);
  const requests = new Requests(commands);
  const claims = claimsOf(log, requests, findings);
  const claimed = [...claims.values()];
  const realTime = new RealTime(attempts, claimed, log.lastIndex);
  const { endedAtMs } = run;

  const reads = new Reads({ queries: views, log, realTime, endedAtMs, tolerances });
  const { decisions, final } = replay(log, (index, state) => reads.visit(index, state));
  judgeAnswers({ requests, claims, decisions }, findings);
  judgeOrder(claimed, realTime, findings);
  reads.judge(findings);
  judgeLedgers({ ledgers, log, final }, findings);

  noOverlapInAnswers(requests, findings);
  noOverlapInLedgers(ledgers, findings);
  noPartialTrip({ requests, ledgers, log }, findings);
  acknowledgedEverywhere({ requests, ledgers, log }, findings);
  sameKeySameAnswer(requests, findings);
  oncePerKey(ledgers, log, findings);
  timeGoesOn(requests, findings);
  holdsEnd(ledgers, { endedAtMs, endLatenessMs: tolerances.endLatenessMs }, findings);

  const checked = {
    ...countAttempts(commands, queries, claimed, decisions),
    ...countDecisions(decisions),
    nodes: ledgers.length,
  };
  return { anomalies: findings.anomalies, counts: findings.counts, checked };
}

function countAttempts(
  commands: readonly CommandAttempt[],
  queries: readonly QueryAttempt[],
  claims: readonly Claim[],
  decisions: ReadonlyMap<number, Decision>,
): Omit<Checked, 'entries' | 'executed' | 'repeated' | 'nodes'> {
  const answered = commands.filter(isAnswered);
  const unknown = commands.filter(({ outcome }) => outcome.kind === 'unknown');
  const effective = new Set(
    claims
      .filter(({ index }) => decisions.get(index)?.effect === 'executed')
      .flatMap(({ request }) => request.attempts),
  );
  const views = queries.filter(isAnswered);
  const stale = views.filter(({ outcome }) => outcome.kind === 'answered' && outcome.reply.stale);
  return {
    answers: answered.length,
    unknown: unknown.length,
    unknownInLog: unknown.filter((attempt) => effective.has(attempt)).length,
    denied: [...commands, ...queries].filter(({ outcome }) => outcome.kind === 'denied').length,
    linearizableReads: views.length - stale.length,
    staleReads: stale.length,
  };
}

function countDecisions(
  decisions: ReadonlyMap<number, Decision>,
): Pick<Checked, 'entries' | 'executed' | 'repeated'> {
  const effects = [...decisions.values()].map(({ effect }) => effect);
  return {
    entries: effects.length,
    executed: effects.filter((effect) => effect === 'executed').length,
    repeated: effects.filter((effect) => effect === 'repeated').length,
  };
}
