/**
 * Requests: what clients wanted, each perhaps tried several times under its key. The log may hold several copies of
 * one; who wrote a copy shows in its trace id, where the door takes one.
 */
import type { Command } from '../../src/ledger/command.js';
import type { AgreedLog } from './agreed-log.js';
import type { Findings } from './findings.js';
import { isAnswered } from './history.js';
import type { AnsweredCommand, CommandAttempt } from './mesh-history.js';
import { canonicalText } from './seen.js';

export interface Request {
  readonly holder: string;
  readonly requestKey: string;
  /** In order of their beginnings; at least one. */
  readonly attempts: readonly CommandAttempt[];
  readonly answers: readonly AnsweredCommand[];
}

/** An entry of the log with the earliest moment at which it can have been proposed. */
export interface Claim {
  readonly index: number;
  /** As the leader stamped it. */
  readonly stampMs: number;
  readonly request: Request;
  /** The attempt that wrote it, or the first one that may have where that does not show. */
  readonly writer: CommandAttempt;
}

export class Requests {
  readonly all: readonly Request[];
  readonly #byName: ReadonlyMap<string, Request>;

  constructor(commands: readonly CommandAttempt[]) {
    const groups = new Map<string, CommandAttempt[]>();
    for (const attempt of commands) {
      const name = nameOf(attempt.call);
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [attempt]);
      else group.push(attempt);
    }
    this.#byName = new Map(
      [...groups].map(([name, attempts]) => {
        const { holder, requestKey } = attempts[0]!.call;
        const answers = attempts.filter((attempt): attempt is AnsweredCommand => isAnswered(attempt));
        return [name, { holder, requestKey, attempts, answers }];
      }),
    );
    this.all = [...this.#byName.values()];
  }

  /** The request that a command of the log carries out; undefined when no client asked for it. */
  of(command: Pick<Command, 'holder' | 'requestKey' | 'operation'>): Request | undefined {
    return this.#byName.get(nameOf(command));
  }
}

/**
 * Finds the request of each entry, by index. Notes entries that no client asked for, unless a node itself did, and those of
 * clients who were promised that nothing was done.
 */
export function claimsOf(log: AgreedLog, requests: Requests, findings: Findings): ReadonlyMap<number, Claim> {
  const claims = new Map<number, Claim>();
  for (const { index, content } of log) {
    if (content === null) continue;
    const { command, atMs: stampMs } = content;
    const request = requests.of(command);
    if (request === undefined) {
      if (command.door !== 'node')
        findings.note('entry-nobody-asked-for', `entry ${index}: ${brief(command)}`);
      continue;
    }
    const { attempts } = request;
    const traced = attempts.find(({ call }) => call.traceId !== '' && call.traceId === command.traceId);
    const suspects = traced === undefined ? attempts : [traced];
    // Who was denied wrote nothing, so that the copy is of a later attempt, if there is one.
    const writer = suspects.find(({ outcome }) => outcome.kind !== 'denied');
    if (writer === undefined) {
      const who = suspects.map(({ id }) => id).join(', ');
      findings.note('denied-yet-logged', `entry ${index} is of attempt ${who}: ${brief(command)}`);
    }
    claims.set(index, { index, stampMs, request, writer: writer ?? suspects[0]! });
  }
  return claims;
}

function nameOf({
  holder,
  requestKey,
  operation,
}: Pick<Command, 'holder' | 'requestKey' | 'operation'>): string {
  return canonicalText([holder, requestKey, operation]);
}

function brief({ holder, requestKey, operation }: Command): string {
  return `${operation.kind} of ${holder} under ${JSON.stringify(requestKey)}`;
}
