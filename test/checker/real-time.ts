/**
 * What is known of the order of things from real time alone.
 *
 * No operation that ended before another began has the higher index: whoever was told an index knows that all
 * entries up to it were asked for by then, and who asks later gets a later one, or sees it.
 */
import type { Findings } from './findings.js';
import { isAnswered } from './history.js';
import type { MeshAttempt, MeshReply } from './mesh-history.js';
import type { Claim } from './requests.js';

/** Someone was told something of the log. */
interface Told {
  readonly position: number;
  readonly index: number;
  readonly attempt: MeshAttempt;
}

export class RealTime {
  /** In order of position; each the highest index told by then. */
  readonly #told: readonly Told[];
  /** In order of the writers' beginnings; each the lowest stamp of this entry and all whose writers began later. */
  readonly #stamps: readonly { readonly position: number; readonly stampMs: number }[];

  /** Answers beyond `lastIndex` are not of this log, and tell nothing of it. */
  constructor(attempts: readonly MeshAttempt[], claims: readonly Claim[], lastIndex: number) {
    const answered = attempts
      .filter(isAnswered<MeshAttempt['call'], MeshReply>)
      .filter(({ outcome }) => outcome.reply.index <= lastIndex)
      .sort((a, b) => a.endedAt - b.endedAt);
    let highest: Told | null = null;
    const told: Told[] = [];
    for (const attempt of answered) {
      const { index } = attempt.outcome.reply;
      const position = attempt.endedAt;
      if (highest === null || index > highest.index) highest = { position, index, attempt };
      told.push({ ...highest, position });
    }
    this.#told = told;
    let lowestMs = Number.POSITIVE_INFINITY;
    this.#stamps = [...claims]
      .sort((a, b) => b.writer.startedAt - a.writer.startedAt)
      .map(({ writer, stampMs }) => {
        lowestMs = Math.min(lowestMs, stampMs);
        return { position: writer.startedAt, stampMs: lowestMs };
      })
      .reverse();
  }

  /** The highest index that anyone was told before `position`, and who; null when nobody was told any. */
  toldBefore(position: number): Omit<Told, 'position'> | null {
    return this.#told[firstNotBefore(this.#told, position) - 1] ?? null;
  }

  /** The lowest stamp of all entries that were asked for after `position`; infinite when there is none. */
  stampAfter(position: number): number {
    return this.#stamps[firstNotBefore(this.#stamps, position)]?.stampMs ?? Number.POSITIVE_INFINITY;
  }
}

/** Notes each entry that stands before something that was told before its writer began. */
export function judgeOrder(claims: readonly Claim[], realTime: RealTime, findings: Findings): void {
  for (const { index, writer } of claims) {
    const told = realTime.toldBefore(writer.startedAt);
    if (told === null || told.index < index) continue;
    const kind = told.attempt.call.kind === 'query' ? 'future-read' : 'order-against-real-time';
    findings.note(
      kind,
      `attempt ${writer.id} has entry ${index}, but began after attempt ${told.attempt.id} was told ${told.index}`,
    );
  }
}

/** Where the first element stands that is not before `position`. */
function firstNotBefore(sorted: readonly { readonly position: number }[], position: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]!.position < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
