/**
 * The attempts of a part as the search walks over them: the returns in order, and at each of them who is under way.
 *
 * 1. What was denied, and reads that nobody knows the answer of, constrain nothing and are left out.
 * 2. Who returns has a slot, which is free again for others after the return; slots number as many as were ever under
 *    way at once. Who never returns has a number of its own for ever.
 */
import type { Attempt } from '../history.js';
import { canonicalText } from '../seen.js';
import type { SearchModel } from './search-model.js';

/** An attempt that was answered. */
export interface Returning<C, R> {
  readonly attempt: Attempt<C, R>;
  readonly reply: R;
  readonly slot: number;
}

/** An attempt that may have taken effect, at any time after it began. */
export interface Lingering<C, R> {
  readonly attempt: Attempt<C, R>;
  readonly number: number;
  /** Another that asked for the same before it: where that one is not used yet, it serves as well. -1: none. */
  readonly twin: number;
}

export interface Return<C, R> {
  readonly who: Returning<C, R>;
  /** All that are under way at this return, `who` first, then the others in order of their beginnings. */
  readonly underWay: readonly Returning<C, R>[];
  /** So many lingering ones have begun by now: those with lower numbers. */
  readonly lingering: number;
}

export interface Timetable<C, R> {
  readonly returns: readonly Return<C, R>[];
  readonly lingering: readonly Lingering<C, R>[];
}

export function timetableOf<S, C, R>(
  attempts: readonly Attempt<C, R>[],
  model: SearchModel<S, C, R>,
): Timetable<C, R> {
  const lingering = lingeringOf(attempts, model);
  const returns: Return<C, R>[] = [];
  const underWay = new Map<number, Returning<C, R>>();
  const free: number[] = [];
  let slots = 0;
  let begun = 0;
  for (const { attempt, isReturn } of momentsOf(attempts)) {
    const { id, outcome } = attempt;
    if (outcome.kind !== 'answered') {
      if (lingering[begun]?.attempt === attempt) begun += 1;
    } else if (!isReturn) {
      const slot = free.pop() ?? slots++;
      underWay.set(id, { attempt, reply: outcome.reply, slot });
    } else {
      const who = underWay.get(id)!;
      underWay.delete(id);
      returns.push({ who, underWay: [who, ...underWay.values()], lingering: begun });
      free.push(who.slot);
    }
  }
  return { returns, lingering };
}

function lingeringOf<S, C, R>(
  attempts: readonly Attempt<C, R>[],
  model: SearchModel<S, C, R>,
): readonly Lingering<C, R>[] {
  const last = new Map<string, number>();
  return attempts
    .filter(({ outcome, call }) => outcome.kind === 'unknown' && !model.isRead(call, null))
    .sort((a, b) => a.startedAt - b.startedAt)
    .map((attempt, number) => {
      const text = canonicalText(attempt.call);
      const twin = last.get(text) ?? -1;
      last.set(text, number);
      return { attempt, number, twin };
    });
}

function momentsOf<C, R>(
  attempts: readonly Attempt<C, R>[],
): readonly { readonly attempt: Attempt<C, R>; readonly isReturn: boolean }[] {
  return attempts
    .filter(({ outcome }) => outcome.kind !== 'denied')
    .flatMap((attempt) => [
      { attempt, at: attempt.startedAt, isReturn: false },
      ...(attempt.outcome.kind === 'answered' ? [{ attempt, at: attempt.endedAt, isReturn: true }] : []),
    ])
    .sort((a, b) => a.at - b.at);
}
