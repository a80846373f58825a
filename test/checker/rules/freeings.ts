/** What may have given a booked stop back before its time: the answers alone must excuse a second booking of it. */
import type { Operation } from '../../../src/ledger/command.js';
import type { Request, Requests } from '../requests.js';
import type { Booking } from './bookings.js';

/** Requests of one holder that may have freed something. */
interface OfHolder {
  /** Answered, in order of index. */
  readonly known: { readonly operation: Operation; readonly index: number }[];
  /** Never answered: with the position in real time of their first attempt. */
  readonly unknown: { readonly operation: Operation; readonly startedAt: number }[];
}

export class Freeings {
  readonly #byHolder = new Map<string, OfHolder>();

  constructor(requests: Requests) {
    for (const request of requests.all) this.#add(request);
    for (const { known } of this.#byHolder.values()) known.sort((a, b) => a.index - b.index);
  }

  /** Whether the stop of `earlier` on the point may have been free again when `later` was granted. */
  mayHaveFreed(earlier: Booking, pointId: string, later: Booking): boolean {
    const { holdUntilMs } = earlier;
    if (holdUntilMs !== null && (later.atMs === null || holdUntilMs <= later.atMs)) return true;
    const ofHolder = this.#byHolder.get(earlier.holder);
    if (ofHolder === undefined) return false;
    const { known, unknown } = ofHolder;
    for (let i = firstAfter(known, earlier.index); i < known.length; i += 1) {
      const { operation, index } = known[i]!;
      if (index >= later.index) break;
      if (mayFree(operation, pointId)) return true;
    }
    return unknown.some(
      ({ operation, startedAt }) => startedAt < later.attempt.endedAt && mayFree(operation, pointId),
    );
  }

  #add({ holder, attempts, answers }: Request): void {
    const { call, startedAt } = attempts[0]!;
    const { operation } = call;
    if (operation.kind === 'reserve' || operation.kind.startsWith('register-')) return;
    const ofHolder = this.#byHolder.get(holder) ?? { known: [], unknown: [] };
    this.#byHolder.set(holder, ofHolder);
    const granted = answers.find(({ outcome }) => outcome.reply.result.kind !== 'refused');
    if (granted !== undefined) ofHolder.known.push({ operation, index: granted.outcome.reply.index });
    // A refusal freed nothing, but where it came because the command was late, another copy may have been in time.
    else if (attempts.some(({ outcome }) => outcome.kind === 'unknown')) {
      ofHolder.unknown.push({ operation, startedAt });
    }
  }
}

/** An operation that is not listed may: this rule accuses only where there is no excuse. */
function mayFree(operation: Operation, pointId: string): boolean {
  return operation.kind === 'release' ? operation.pointIds.includes(pointId) : true;
}

function firstAfter(sorted: readonly { readonly index: number }[], index: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]!.index <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}
