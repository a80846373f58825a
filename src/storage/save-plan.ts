/**
 * What one save does to a log, worked out before anything is touched. Every store follows the same plan.
 *
 * A save that consensus must never ask for is a bug and throws; these are the last checks before the disk:
 * 1. Entries are contiguous, join the log above its base, and their terms never fall (Raft §5.3).
 * 2. No entry is newer than the term that is saved with it or before it (C5: the term is on disk first).
 * 3. The term never falls, and within a term the vote is given once (Raft figure 2; C3).
 * 4. Nothing is committed that the log does not hold.
 * 5. Whatever carries a promise is synced.
 */
import { type Entry, type HardState, NOBODY, type SnapshotMeta } from '../raft/entry.js';
import type { LogView } from '../raft/log-view.js';
import type { LogSave } from '../replica/ports.js';

export interface SavePlan {
  /** The hard state after the save. */
  readonly hardState: HardState;
  /** Whether term or vote change: both copies of them must then be on disk before the save is (D4). */
  readonly promises: boolean;
  /** Set when the log begins elsewhere after the save. */
  readonly base: { readonly snapshot: SnapshotMeta; readonly keepsSuffix: boolean } | null;
  /** The lowest index, above the old base, at which an entry that was held goes or changes; null for none. */
  readonly replacedFrom: number | null;
  readonly entries: readonly Entry[];
  /** The last index before and after the save. Old entries above the new last are deleted. */
  readonly oldLast: number;
  readonly newLast: number;
}

/** Plans `save` on the log that `view` shows. Throws when it breaks one of the rules above. */
export function planSave(view: LogView, save: LogSave): SavePlan {
  const { snapshot, entries } = save;
  const old = view.hardState();
  const hardState = save.hardState ?? old;
  const promises = hardState.term !== old.term || hardState.vote !== old.vote;
  const oldBase = view.snapshot();
  const oldLast = view.lastIndex();

  if (snapshot !== null) checkSnapshot(snapshot, oldBase);
  const keepsSuffix = snapshot === null || view.term(snapshot.index) === snapshot.term;
  const base = snapshot ?? oldBase;
  const keptLast = keepsSuffix ? oldLast : base.index;
  const first = entries[0]?.index ?? keptLast + 1;
  const newLast = first + entries.length - 1;

  must(
    first > base.index && first <= keptLast + 1,
    `entry ${first} does not join ${base.index}..${keptLast}`,
  );
  checkEntries(entries, first === base.index + 1 ? base.term : view.term(first - 1)!, hardState.term);
  must(base.term <= hardState.term, `a base of term ${base.term} in term ${hardState.term}`);
  checkPromises(old, hardState);
  must(hardState.commit <= newLast, `commit ${hardState.commit} beyond the last entry ${newLast}`);
  must(
    save.mustSync || (!promises && entries.length === 0 && snapshot === null),
    'a save that carries a promise, unsynced',
  );

  const replaced = keepsSuffix ? first : oldBase.index + 1;
  return {
    hardState,
    promises,
    base: snapshot === null ? null : { snapshot, keepsSuffix },
    replacedFrom: replaced <= oldLast ? replaced : null,
    entries,
    oldLast,
    newLast,
  };
}

function checkSnapshot(snapshot: SnapshotMeta, base: SnapshotMeta): void {
  must(snapshot.index >= base.index, `a snapshot at ${snapshot.index}, before the base ${base.index}`);
  must(
    snapshot.index > base.index || snapshot.term === base.term,
    `a snapshot of term ${snapshot.term} at the base, which has term ${base.term}`,
  );
}

function checkEntries(entries: readonly Entry[], termBefore: number, termMax: number): void {
  let term = termBefore;
  entries.forEach((entry, i) => {
    must(entry.index === entries[0]!.index + i, `entry ${entry.index} out of order`);
    must(entry.term >= term, `entry ${entry.index} of term ${entry.term} after one of term ${term}`);
    term = entry.term;
  });
  must(term <= termMax, `an entry of term ${term} before that term is saved; it is ${termMax}`);
}

function checkPromises(old: HardState, next: HardState): void {
  must(next.term >= old.term, `term ${next.term} after term ${old.term}`);
  must(
    next.term > old.term || old.vote === NOBODY || next.vote === old.vote,
    `a second vote in term ${next.term}: ${next.vote || 'nobody'} after ${old.vote}`,
  );
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`bug: a save must not carry ${otherwise}`);
}
