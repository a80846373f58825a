/** Every answer to a command is the one that its entry decides, and the entry is that command. */
import type { Findings } from './findings.js';
import type { AnsweredCommand } from './mesh-history.js';
import type { Decision } from './model/ledger-model.js';
import type { Claim, Requests } from './requests.js';
import { difference, type Seen } from './seen.js';

interface Judged {
  readonly requests: Requests;
  readonly claims: ReadonlyMap<number, Claim>;
  readonly decisions: ReadonlyMap<number, Decision>;
}

export function judgeAnswers({ requests, claims, decisions }: Judged, findings: Findings): void {
  const inLog = new Set([...claims.values()].map(({ request }) => request));
  for (const request of requests.all) {
    for (const attempt of request.answers) {
      const { index } = attempt.outcome.reply;
      if (claims.get(index)?.request === request) judge(attempt, decisions.get(index)!, findings);
      else if (inLog.has(request)) {
        findings.note('wrong-answer', `${told(attempt)}, which is another entry`);
      } else {
        findings.note('lost-acknowledged-write', `${told(attempt)}, but the log has no such command`);
      }
    }
  }
}

function judge(attempt: AnsweredCommand, { answer, effect }: Decision, findings: Findings): void {
  const { index, atMs, result } = attempt.outcome.reply;
  if (effect === 'repeated') {
    findings.note('applied-twice', `${told(attempt)}, which only repeats entry ${answer.index}`);
    return;
  }
  const wrong =
    difference(withoutDetail(result), answer.result) ?? (atMs === null ? null : difference({ atMs }, answer));
  if (wrong !== null) {
    findings.note('wrong-answer', `${told(attempt)}: ${wrong} (entry ${index}, ${answer.result.kind})`);
  }
}

/** The sentence for people is no rule of the ledger. */
function withoutDetail(result: Seen<AnsweredCommand['outcome']['reply']['result']>): object {
  return 'detail' in result ? { ...result, detail: undefined } : result;
}

function told({ id, call, outcome }: AnsweredCommand): string {
  return `attempt ${id} (${call.operation.kind} of ${call.holder}) was told entry ${outcome.reply.index}`;
}
