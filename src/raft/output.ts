/**
 * How the core's output is gathered and its saves are accounted for: the contract of ready.ts.
 *
 * 1. Taking the output is accepting it: nothing is handed out twice.
 * 2. Saves are reported as done in the order in which they were handed out.
 * 3. A save that was issued in an earlier term proves nothing about entries: they may have been replaced, and replaced
 *    again by the same ones, while a later save still overwrites them (C6).
 */
import { assert } from './assert.js';
import type { CoreState } from './core-state.js';
import type { HardState } from './entry.js';
import { readsCanStart, startReads } from './leader.js';
import { leaveJointIfDue } from './membership.js';
import type { Ready, Save, SaveToken, SoftState } from './ready.js';
import { step } from './step.js';

export class Output {
  private lastHardState: HardState;
  private lastSoftState: SoftState;

  constructor(private readonly core: CoreState) {
    this.lastHardState = core.hardState();
    this.lastSoftState = softStateOf(core);
  }

  /** Whether `take` would return anything. */
  pending(maySave: boolean): boolean {
    const { core } = this;
    return (
      core.outbox.hasMessages ||
      core.outbox.hasReads ||
      readsCanStart(core) ||
      core.log.hasCommitted() ||
      this.softStateChanged() ||
      (maySave && this.needsSave())
    );
  }

  take(maySave: boolean): Ready {
    const { core } = this;
    startReads(core);
    const softState = this.softStateChanged() ? softStateOf(core) : null;
    if (softState !== null) this.lastSoftState = softState;
    const committed = core.log.takeCommitted();
    const messages = core.outbox.takeMessages();
    const reads = core.outbox.takeReads();
    const save = maySave && this.needsSave() ? this.takeSave() : null;
    return { save, messages, committed, reads, softState };
  }

  /** The oldest save under way, which `token` names, is on disk. */
  saved(token: SaveToken): void {
    const { core } = this;
    const oldest = core.outbox.takeOldestSave();
    assert(oldest !== undefined && sameToken(oldest.token, token), 'saves were reported out of order');
    for (const promise of oldest.own) step(core, promise);
    if (token.term === core.term && token.lastIndex > 0) {
      core.log.unstable.stableTo(token.lastIndex, token.lastTerm);
    }
    if (token.snapshotIndex > 0) {
      core.log.unstable.stableSnapshot(token.snapshotIndex);
      this.applied(token.snapshotIndex);
    }
  }

  /** The state machine has everything up to `index`. */
  applied(index: number): void {
    const { core } = this;
    const payloadBytes = core.log.appliedTo(index);
    core.uncommittedBytes = Math.max(0, core.uncommittedBytes - payloadBytes);
    leaveJointIfDue(core);
  }

  private needsSave(): boolean {
    const { core } = this;
    const { term, vote, commit } = this.lastHardState;
    return (
      core.outbox.hasPromised ||
      core.log.unstable.hasUnsaved() ||
      commit !== core.log.committed ||
      term !== core.term ||
      vote !== core.vote
    );
  }

  private takeSave(): Save {
    const { core, lastHardState } = this;
    const now = core.hardState();
    const votesMoved = now.term !== lastHardState.term || now.vote !== lastHardState.vote;
    const hardState = votesMoved || now.commit !== lastHardState.commit ? now : null;
    this.lastHardState = now;
    const { entries, snapshot } = core.log.unstable.takeUnsaved();
    // Named even when they came with an earlier save: that one's report may be void, of an earlier term.
    const last = core.log.unstable.entries.at(-1);
    const token: SaveToken = {
      term: core.term,
      lastIndex: last?.index ?? 0,
      lastTerm: last?.term ?? 0,
      snapshotIndex: snapshot?.index ?? 0,
    };
    const messagesAfter = core.outbox.bindPromises(token);
    const mustSync = votesMoved || entries.length > 0 || snapshot !== null;
    return { hardState, entries, snapshot, messagesAfter, token, mustSync };
  }

  private softStateChanged(): boolean {
    const { role, leader, term } = this.lastSoftState;
    const { core } = this;
    return role !== core.role || leader !== core.leader || term !== core.term;
  }
}

function softStateOf({ role, leader, term }: CoreState): SoftState {
  return { role, leader, term };
}

function sameToken(one: SaveToken, other: SaveToken): boolean {
  return (
    one.term === other.term &&
    one.lastIndex === other.lastIndex &&
    one.lastTerm === other.lastTerm &&
    one.snapshotIndex === other.snapshotIndex
  );
}
