/** Many things of one kind, each under a key: a history of them is one history for each key. */
import type { Attempt } from '../history.js';
import type { SearchModel } from './search-model.js';

export interface Keyed<C> {
  readonly key: string;
  readonly call: C;
}

/** The model of many things, each of which starts and behaves as `one` says. */
export function keyed<S, C, R>(one: SearchModel<S, C, R>): SearchModel<S, Keyed<C>, R> {
  return {
    initial: one.initial,
    // A part holds the calls of one key only, so that the state of that one thing is all there is.
    step: (state, { call }, reply) => one.step(state, call, reply),
    textOf: (state) => one.textOf(state),
    isRead: ({ call }, reply) => one.isRead(call, reply),
    partsOf(attempts) {
      const parts = new Map<string, Attempt<Keyed<C>, R>[]>();
      for (const attempt of attempts) {
        const part = parts.get(attempt.call.key);
        if (part === undefined) parts.set(attempt.call.key, [attempt]);
        else part.push(attempt);
      }
      return [...parts.values()];
    },
  };
}
