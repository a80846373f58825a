/** What may have given a booked stop back before its time: the answers alone must excuse a second booking of it. */
import type { Operation } from '../../../src/ledger/command.js';
import type { BookedStop } from '../../../src/ledger/result.js';
import type { Request, Requests } from '../requests.js';
import type { Booking } from './bookings.js';

/** No grace is shorter: so long after its window began a stop that nobody started is kept for its holder. */
const GRACE_MS_MIN = 60_000;

/** Requests that may have freed something: of one holder, or of companies and operators. */
interface Freeing {
  /** Answered, in order of index. */
  readonly known: { readonly operation: Operation; readonly index: number }[];
  /** Never answered: with the position in real time of their first attempt. */
  readonly unknown: { readonly operation: Operation; readonly startedAt: number }[];
}

export class Freeings {
  readonly #byHolder = new Map<string, Freeing>();

  /** What frees stops of whoever holds them. */
  readonly #ofOthers: Freeing = { known: [], unknown: [] };

  constructor(requests: Requests) {
    for (const request of requests.all) this.#add(request);
    for (const { known } of [...this.#byHolder.values(), this.#ofOthers]) {
      known.sort((a, b) => a.index - b.index);
    }
  }

  /** Whether a stop of `earlier` may have been free again when `later` was granted. */
  mayHaveFreed(earlier: Booking, stop: BookedStop, later: Booking): boolean {
    const { holdUntilMs, documented } = earlier;
    if (holdUntilMs !== null && (later.atMs === null || holdUntilMs <= later.atMs)) return true;
    // The vehicle may not have come.
    if (!documented && (later.atMs === null || stop.startMs + GRACE_MS_MIN <= later.atMs)) return true;
    const ofHolder = this.#byHolder.get(earlier.holder);
    return [ofHolder, this.#ofOthers].some(
      (some) => some !== undefined && mayHave(some, earlier, stop, later),
    );
  }

  #add({ holder, attempts, answers }: Request): void {
    const { call, startedAt } = attempts[0]!;
    const { operation } = call;
    if (operation.kind === 'reserve' || operation.kind.startsWith('register-')) return;
    const some = this.#of(holder, operation);
    const granted = answers.find(({ outcome }) => outcome.reply.result.kind !== 'refused');
    if (granted !== undefined) some.known.push({ operation, index: granted.outcome.reply.index });
    // A refusal freed nothing, but where it came because the command was late, another copy may have been in time.
    else if (attempts.some(({ outcome }) => outcome.kind === 'unknown')) {
      some.unknown.push({ operation, startedAt });
    }
  }

  #of(holder: string, operation: Operation): Freeing {
    if (isOfOthers(operation)) return this.#ofOthers;
    const some = this.#byHolder.get(holder) ?? { known: [], unknown: [] };
    this.#byHolder.set(holder, some);
    return some;
  }
}

function mayHave(
  { known, unknown }: Freeing,
  earlier: Booking,
  { pointId }: BookedStop,
  later: Booking,
): boolean {
  for (let i = firstAfter(known, earlier.index); i < known.length; i += 1) {
    const { operation, index } = known[i]!;
    if (index >= later.index) break;
    if (mayFree(operation, pointId)) return true;
  }
  return unknown.some(
    ({ operation, startedAt }) => startedAt < later.attempt.endedAt && mayFree(operation, pointId),
  );
}

/** An operation that is not listed may: this rule accuses only where there is no excuse. */
function mayFree(operation: Operation, pointId: string): boolean {
  if (operation.kind === 'release') return operation.pointIds.includes(pointId);
  return 'pointId' in operation ? operation.pointId === pointId : true;
}

/** Whether it acts on stops of whoever holds them. */
function isOfOthers(operation: Operation): boolean {
  if (operation.kind === 'cancel') return operation.as === 'operator';
  if (operation.kind === 'finish-stop') return operation.as === 'company';
  return ['set-schedule', 'report-status', 'delete-point', 'displace-stop'].includes(operation.kind);
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
