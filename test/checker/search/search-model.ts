/** What a search must know of the thing that a history is of. */
import type { Attempt } from '../history.js';

/**
 * A thing that clients use one after the other. `S`: its states, which nobody changes in place; `C`: what is asked of
 * it; `R`: what it answers.
 */
export interface SearchModel<S, C, R> {
  readonly initial: S;
  /**
   * The states that `call` may leave behind in `state` when it was answered `reply` (null: nobody knows what); none
   * when it cannot have been answered so.
   */
  step(state: S, call: C, reply: R | null): readonly S[];
  /** One text for equal states, another for others. */
  textOf(state: S): string;
  /** Whether the call, answered so (null: nobody knows), leaves every state as it is. When in doubt: false. */
  isRead(call: C, reply: R | null): boolean;
  /**
   * Parts that have nothing to do with each other: a history is linearizable when each part is (Herlihy and Wing's
   * locality). Without this function a history is one part.
   */
  partsOf?(attempts: readonly Attempt<C, R>[]): readonly (readonly Attempt<C, R>[])[];
}
