/**
 * Is there an order in which one thing alone could have given these answers, and that agrees with real time?
 *
 * A search after Wing and Gong, with Lowe's just-in-time linearization ("Testing for linearizability", 2017): it walks
 * over the returns and lets calls take effect only when one must have, because it returns. It goes into depth first,
 * on a stack of its own, and remembers where it was: the return, who has taken effect, the state.
 *
 * What keeps it short, and why no order is missed:
 * 1. A read that fits takes effect at once: it changes nothing, now or later.
 * 2. Who never returned need not take effect. A configuration that another reached with fewer of these spent has
 *    nothing that the other lacks.
 * 3. Of several that asked for the same and never returned, the one that began first serves for all.
 * 4. Who never returned is spent only on a difference: what comes next leads nowhere else than it would have without.
 */
import type { Attempt } from '../history.js';
import { Bits } from './bits.js';
import type { SearchModel } from './search-model.js';
import { type Timetable, timetableOf } from './timetable.js';

export type SearchVerdict<C, R> =
  | {
      readonly kind: 'linearizable';
      /** For each part an order that explains it; attempts that never took effect are not in it. */
      readonly orders: readonly (readonly Attempt<C, R>[])[];
      readonly configurations: number;
    }
  | {
      readonly kind: 'not-linearizable';
      /** The part of the history that has no order. */
      readonly part: readonly Attempt<C, R>[];
      /** The answer that no order explains together with all that returned before it. */
      readonly stuckAt: Attempt<C, R>;
      readonly configurations: number;
    }
  /** The bound was reached first: nothing is known. */
  | { readonly kind: 'undecided'; readonly configurations: number };

export interface SearchOptions {
  /** More configurations than these are not remembered, nor looked at: this bounds memory and time. */
  readonly configurationsMax: number;
}

const DEFAULTS: SearchOptions = { configurationsMax: 2_000_000 };

/** Searches part by part; the first part without an order decides. */
export function linearize<S, C, R>(
  attempts: readonly Attempt<C, R>[],
  model: SearchModel<S, C, R>,
  { configurationsMax }: SearchOptions = DEFAULTS,
): SearchVerdict<C, R> {
  const orders: (readonly Attempt<C, R>[])[] = [];
  let configurations = 0;
  for (const part of model.partsOf?.(attempts) ?? [attempts]) {
    const search = new Search(timetableOf(part, model), model, configurationsMax - configurations);
    const found = search.run();
    configurations += search.configurations;
    if (found === 'gave-up') return { kind: 'undecided', configurations };
    if (found === null) {
      return { kind: 'not-linearizable', part, stuckAt: search.stuckAt.attempt, configurations };
    }
    orders.push(found);
  }
  return { kind: 'linearizable', orders, configurations };
}

interface Configuration<S, C, R> {
  /** The return that is next. */
  readonly at: number;
  /** Slots of those under way that have taken effect. */
  readonly done: Bits;
  /** Numbers of the lingering ones that have. */
  readonly spent: Bits;
  readonly state: S;
  readonly path: Path<C, R> | null;
  /** The state before a lingering one took effect, as long as nothing else has happened since; else null. */
  readonly unspent: { readonly state: S } | null;
}

/** Who took effect last, and before that. */
interface Path<C, R> {
  readonly attempt: Attempt<C, R>;
  readonly before: Path<C, R> | null;
}

class Search<S, C, R> {
  configurations = 0;
  #furthest = 0;
  /** What was spent in the configurations looked at, by all that makes them otherwise equal. */
  readonly #visited = new Map<string, Bits[]>();

  constructor(
    private readonly timetable: Timetable<C, R>,
    private readonly model: SearchModel<S, C, R>,
    private readonly configurationsMax: number,
  ) {}

  /** The return that was never passed. */
  get stuckAt(): { readonly attempt: Attempt<C, R> } {
    return this.timetable.returns[this.#furthest]!.who;
  }

  /** An order; null when there is none. */
  run(): readonly Attempt<C, R>[] | null | 'gave-up' {
    const nothing = { at: 0, done: Bits.NONE, spent: Bits.NONE, path: null, unspent: null };
    const stack: Configuration<S, C, R>[] = [{ ...nothing, state: this.model.initial }];
    for (;;) {
      const next = stack.pop();
      if (next === undefined) return null;
      const here = this.#forward(next);
      if (here.at === this.timetable.returns.length) return orderOf(here.path);
      this.#furthest = Math.max(this.#furthest, here.at);
      if (!this.#isNew(here)) continue;
      this.configurations += 1;
      if (this.configurations > this.configurationsMax) return 'gave-up';
      // The stack gives back the last first: who returns now goes on top.
      stack.push(...this.#successors(here).reverse());
    }
  }

  /** Lets fitting reads take effect and passes the returns of all that have. */
  #forward(from: Configuration<S, C, R>): Configuration<S, C, R> {
    const { returns } = this.timetable;
    let { at, done, path } = from;
    const { state } = from;
    for (; at < returns.length; at += 1) {
      const { who, underWay } = returns[at]!;
      for (const { attempt, reply, slot } of underWay) {
        if (done.has(slot) || !this.model.isRead(attempt.call, reply)) continue;
        if (this.model.step(state, attempt.call, reply).length === 0) continue;
        done = done.with(slot);
        path = { attempt, before: path };
      }
      if (!done.has(who.slot)) break;
      done = done.without(who.slot);
    }
    return { ...from, at, done, path, unspent: done === from.done && at === from.at ? from.unspent : null };
  }

  /** Whether no configuration looked at before can do all that this one can. */
  #isNew({ at, done, spent, state }: Configuration<S, C, R>): boolean {
    const name = `${at}|${done.text()}|${this.model.textOf(state)}`;
    const others = this.#visited.get(name);
    if (others === undefined) {
      this.#visited.set(name, [spent]);
      return true;
    }
    if (others.some((other) => other.isWithin(spent))) return false;
    others.push(spent);
    return true;
  }

  /** What may take effect next: who must return first, last who never did. */
  #successors(here: Configuration<S, C, R>): Configuration<S, C, R>[] {
    const { at, done, spent, state } = here;
    const { underWay, lingering } = this.timetable.returns[at]!;
    const successors: Configuration<S, C, R>[] = [];
    for (const { attempt, reply, slot } of underWay) {
      if (done.has(slot) || this.model.isRead(attempt.call, reply)) continue;
      for (const next of this.#statesAfter(here, attempt, reply)) {
        successors.push({ ...next, done: done.with(slot) });
      }
    }
    for (let number = 0; number < lingering; number += 1) {
      const { attempt, twin } = this.timetable.lingering[number]!;
      if (spent.has(number) || (twin >= 0 && !spent.has(twin))) continue;
      for (const next of this.#statesAfter(here, attempt, null)) {
        if (this.model.textOf(next.state) === this.model.textOf(state)) continue;
        successors.push({ ...next, spent: spent.with(number), unspent: { state } });
      }
    }
    return successors;
  }

  /** `here` after an attempt took effect, in each state that this may lead to and that needed what was spent. */
  #statesAfter(
    here: Configuration<S, C, R>,
    attempt: Attempt<C, R>,
    reply: R | null,
  ): readonly Configuration<S, C, R>[] {
    const { step, textOf } = this.model;
    const { state, unspent } = here;
    const path = { attempt, before: here.path };
    const without =
      unspent === null ? [] : step(unspent.state, attempt.call, reply).map((each) => textOf(each));
    return step(state, attempt.call, reply)
      .filter((after) => !without.includes(textOf(after)))
      .map((after) => ({ ...here, state: after, path, unspent: null }));
  }
}

function orderOf<C, R>(path: Path<C, R> | null): readonly Attempt<C, R>[] {
  const order: Attempt<C, R>[] = [];
  for (let step = path; step !== null; step = step.before) order.push(step.attempt);
  return order.reverse();
}
