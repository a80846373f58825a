/**
 * Every view is the one that the log explains at the index it names, and a linearizable one lacks nothing that was
 * answered before it was asked for.
 *
 * A view that does not tell which moment of ledger time it speaks of is right when it is so at any moment from that of
 * its index to the first stamp of what was asked for after it.
 */
import type { AgreedLog } from './agreed-log.js';
import type { AnomalyKind, Findings } from './findings.js';
import type { AnsweredQuery } from './mesh-history.js';
import { changesBetween } from './model/moments.js';
import type { LedgerState } from './model/state.js';
import { viewOf } from './model/views.js';
import type { RealTime } from './real-time.js';
import { replay } from './replay.js';
import type { Tolerances } from './run.js';
import { difference } from './seen.js';

/** So many wrong views are looked for elsewhere in the log; each costs a view an entry. */
const EXPLAINED_MAX = 20;

interface Judged {
  readonly queries: readonly AnsweredQuery[];
  readonly log: AgreedLog;
  readonly realTime: RealTime;
  readonly endedAtMs: number;
  readonly tolerances: Tolerances;
}

/** A view that is not what the state at its index shows. */
interface Mismatch {
  readonly query: AnsweredQuery;
  readonly difference: string;
}

export class Reads {
  readonly #judged: Judged;
  readonly #byIndex = new Map<number, AnsweredQuery[]>();
  readonly #mismatches: Mismatch[] = [];

  constructor(judged: Judged) {
    this.#judged = judged;
    for (const query of judged.queries) {
      // A replica that has nothing yet shows what there was at the base: nothing.
      const index = Math.max(query.outcome.reply.index, judged.log.baseIndex);
      const group = this.#byIndex.get(index);
      if (group === undefined) this.#byIndex.set(index, [query]);
      else group.push(query);
    }
  }

  /** The replay has come to `index`: compares the views that speak of it. */
  visit(index: number, state: LedgerState): void {
    for (const query of this.#byIndex.get(index) ?? []) {
      const found = this.#difference(query, state);
      if (found !== null) this.#mismatches.push({ query, difference: found });
    }
  }

  /** Notes all that is wrong, once the replay is over. */
  judge(findings: Findings): void {
    const { queries, log, realTime } = this.#judged;
    for (const { id, call, startedAt, outcome } of queries) {
      const { index, stale } = outcome.reply;
      const told = realTime.toldBefore(startedAt);
      if (index > log.lastIndex) {
        findings.note('future-read', `attempt ${id} saw index ${index}, the log ends at ${log.lastIndex}`);
      } else if (stale) {
        if (call.consistency !== 'linearizable') continue;
        findings.note('stale-read', `attempt ${id} asked for a linearizable view and got a stale one`);
      } else if (told !== null && told.index > index) {
        findings.note(
          'stale-read',
          `attempt ${id} saw index ${index}, but began after attempt ${told.attempt.id} was told ${told.index}`,
        );
      }
    }
    const elsewhere = this.#elsewhere();
    for (const { query, difference: text } of this.#mismatches) {
      const { index } = query.outcome.reply;
      const at = elsewhere.get(query);
      const kind: AnomalyKind = at === undefined ? 'wrong-read' : at < index ? 'stale-read' : 'future-read';
      const where = at === undefined ? '' : `; it shows index ${at}`;
      findings.note(
        kind,
        `attempt ${query.id} (${query.call.query.kind}) at index ${index}: ${text}${where}`,
      );
    }
  }

  /** Which state wrong views do show: the nearest earlier one, else the nearest later one. */
  #elsewhere(): ReadonlyMap<AnsweredQuery, number> {
    const found = new Map<AnsweredQuery, number>();
    const wanted = this.#mismatches.slice(0, EXPLAINED_MAX).map(({ query }) => query);
    if (wanted.length === 0) return found;
    replay(this.#judged.log, (index, state) => {
      for (const query of wanted) {
        const isEarlier = index < query.outcome.reply.index;
        if (!isEarlier && found.has(query)) continue;
        if (this.#difference(query, state) === null) found.set(query, index);
      }
    });
    return found;
  }

  #difference(query: AnsweredQuery, state: LedgerState): string | null {
    const { atMs, view } = query.outcome.reply;
    const wanted = query.call.query;
    if (atMs !== null) return differenceAt(query, state, atMs);
    const { realTime, endedAtMs, tolerances } = this.#judged;
    const untilMs = Math.min(endedAtMs, realTime.stampAfter(query.endedAt)) + tolerances.skewMs;
    const first = difference(view, viewOf(state, wanted, state.nowMs));
    if (first === null) return null;
    const changes = changesBetween(state, wanted, state.nowMs, untilMs);
    return changes.some((ms) => difference(view, viewOf(state, wanted, ms)) === null) ? null : first;
  }
}

function differenceAt({ call, outcome }: AnsweredQuery, state: LedgerState, atMs: number): string | null {
  if (atMs < state.nowMs) return `it speaks of ${atMs}, ledger time was ${state.nowMs}`;
  return difference(outcome.reply.view, viewOf(state, call.query, atMs));
}
