/** The log once more, entry by entry, through the model. */
import type { AgreedLog } from './agreed-log.js';
import { applyEntry, type Decision } from './model/ledger-model.js';
import { LedgerState } from './model/state.js';

/** Called after every entry, and once at the base, with the state as it is then. */
export type StateVisitor = (index: number, state: LedgerState) => void;

export interface Replayed {
  /** What each command came to, by index. */
  readonly decisions: ReadonlyMap<number, Decision>;
  readonly final: LedgerState;
}

/** Replays the whole log. Throws an Error('run: …') for what the model has no rule for. */
export function replay(log: AgreedLog, visit: StateVisitor): Replayed {
  const state = new LedgerState();
  const decisions = new Map<number, Decision>();
  visit(log.baseIndex, state);
  for (const { index, content } of log) {
    if (content !== null) decisions.set(index, applyEntry(state, content));
    visit(index, state);
  }
  return { decisions, final: state };
}
