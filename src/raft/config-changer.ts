/**
 * Membership arithmetic (Raft §6, thesis §4): from one configuration and a change to the next one, or a refusal.
 *
 * 1. `simple` changes at most one voter; anything larger goes through a joint configuration.
 * 2. No one is voter and learner at a time: a voter of the outgoing half that shall learn waits in `learnersNext`.
 * 3. Changes of one step are taken in order; what is already so is no error; NOBODY is skipped.
 */
import { type ConfigChange, type ConfigState, type MemberChange, NOBODY, type ReplicaId } from './entry.js';

export type ConfigRefusal =
  | 'already-joint'
  | 'not-joint'
  | 'no-voter-yet'
  | 'simple-while-joint'
  | 'more-than-one-voter'
  | 'no-voter-left';

/** Who is tracked after a change; `fresh` ones start anew, whatever was known of them before. */
export interface TrackedMember {
  readonly id: ReplicaId;
  readonly learner: boolean;
  readonly fresh: boolean;
}

export type ConfigResult =
  | { readonly kind: 'changed'; readonly config: ConfigState; readonly members: readonly TrackedMember[] }
  | { readonly kind: 'refused'; readonly reason: ConfigRefusal };

export const EMPTY_CONFIG: ConfigState = {
  voters: [],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

/** The change that leaves a joint configuration. */
export const LEAVE_JOINT: ConfigChange = { changes: [], transition: 'auto', context: new Uint8Array(0) };

/** Whether `change` asks to leave a joint configuration. */
export function leavesJoint(change: ConfigChange): boolean {
  return change.changes.length === 0 && change.transition === 'auto';
}

/** Carries out `change` by its own transition. */
export function changeConfig(config: ConfigState, change: ConfigChange): ConfigResult {
  if (leavesJoint(change)) return leaveJoint(config);
  if (change.transition === 'auto' && change.changes.length === 1) return simple(config, change.changes);
  return enterJoint(config, change.changes, change.transition !== 'joint-explicit');
}

/** Changes at most one voter, and any number of learners, at once. */
export function simple(config: ConfigState, changes: readonly MemberChange[]): ConfigResult {
  if (isJoint(config)) return refused('simple-while-joint');
  const draft = new Draft(config);
  draft.apply(changes);
  if (draft.voters.size === 0) return refused('no-voter-left');
  if (difference(config.voters, draft.voters) > 1) return refused('more-than-one-voter');
  return draft.result(config.autoLeave);
}

/** Enters the joint configuration of the old voters and the changed ones. */
export function enterJoint(
  config: ConfigState,
  changes: readonly MemberChange[],
  autoLeave: boolean,
): ConfigResult {
  if (isJoint(config)) return refused('already-joint');
  if (config.voters.length === 0) return refused('no-voter-yet');
  const draft = new Draft({ ...config, votersOutgoing: config.voters });
  draft.apply(changes);
  if (draft.voters.size === 0) return refused('no-voter-left');
  return draft.result(autoLeave);
}

/** Leaves a joint configuration: the incoming half decides alone. */
export function leaveJoint(config: ConfigState): ConfigResult {
  if (!isJoint(config)) return refused('not-joint');
  const draft = new Draft(config);
  draft.dropOutgoing();
  return draft.result(false);
}

/** Whether `config` has two halves. */
export function isJoint(config: ConfigState): boolean {
  return config.votersOutgoing.length > 0;
}

/** Whether `id` votes in either half of `config`. */
export function isVoter(config: ConfigState, id: ReplicaId): boolean {
  return config.voters.includes(id) || config.votersOutgoing.includes(id);
}

/** Everyone that `config` tracks, sorted by id. */
export function membersOf(config: ConfigState): readonly TrackedMember[] {
  return new Draft(config).members();
}

/** Whether `config` keeps the rules above; one that came from a peer or a disk may not. */
export function isWellFormed(config: ConfigState): boolean {
  const lists = [config.voters, config.learners, config.votersOutgoing, config.learnersNext];
  if (!lists.every((list) => list.every((id, at) => id !== NOBODY && (at === 0 || list[at - 1]! < id)))) {
    return false;
  }
  if (config.learners.some((id) => isVoter(config, id))) return false;
  if (config.learnersNext.some((id) => !config.votersOutgoing.includes(id) || config.voters.includes(id))) {
    return false;
  }
  if (isJoint(config)) return config.voters.length > 0;
  return config.learnersNext.length === 0 && !config.autoLeave;
}

/** A configuration under change. */
class Draft {
  readonly voters: Set<ReplicaId>;
  private readonly learners: Set<ReplicaId>;
  private readonly outgoing: Set<ReplicaId>;
  private readonly learnersNext: Set<ReplicaId>;
  /** Everyone tracked, and whether it came with this change. */
  private readonly tracked = new Map<ReplicaId, { fresh: boolean }>();

  constructor(config: ConfigState) {
    this.voters = new Set(config.voters);
    this.learners = new Set(config.learners);
    this.outgoing = new Set(config.votersOutgoing);
    this.learnersNext = new Set(config.learnersNext);
    for (const ids of [this.voters, this.learners, this.outgoing]) {
      for (const id of ids) this.tracked.set(id, { fresh: false });
    }
  }

  apply(changes: readonly MemberChange[]): void {
    for (const { kind, id } of changes) {
      if (id === NOBODY) continue;
      switch (kind) {
        case 'add-voter':
          this.track(id);
          this.learners.delete(id);
          this.learnersNext.delete(id);
          this.voters.add(id);
          break;
        case 'add-learner':
          this.addLearner(id);
          break;
        case 'remove':
          this.withdraw(id);
          if (!this.outgoing.has(id)) this.tracked.delete(id);
          break;
        case 'update':
          break;
      }
    }
  }

  dropOutgoing(): void {
    for (const id of this.learnersNext) this.learners.add(id);
    this.learnersNext.clear();
    for (const id of this.outgoing) {
      if (!this.voters.has(id) && !this.learners.has(id)) this.tracked.delete(id);
    }
    this.outgoing.clear();
  }

  members(): readonly TrackedMember[] {
    return sorted(this.tracked.keys()).map((id) => ({
      id,
      learner: this.learners.has(id),
      fresh: this.tracked.get(id)!.fresh,
    }));
  }

  result(autoLeave: boolean): ConfigResult {
    const config: ConfigState = {
      voters: sorted(this.voters),
      learners: sorted(this.learners),
      votersOutgoing: sorted(this.outgoing),
      learnersNext: sorted(this.learnersNext),
      autoLeave,
    };
    return { kind: 'changed', config, members: this.members() };
  }

  private addLearner(id: ReplicaId): void {
    if (this.learners.has(id)) return;
    this.track(id);
    this.withdraw(id);
    if (this.outgoing.has(id)) this.learnersNext.add(id);
    else this.learners.add(id);
  }

  private track(id: ReplicaId): void {
    if (!this.tracked.has(id)) this.tracked.set(id, { fresh: true });
  }

  private withdraw(id: ReplicaId): void {
    this.voters.delete(id);
    this.learners.delete(id);
    this.learnersNext.delete(id);
  }
}

function refused(reason: ConfigRefusal): ConfigResult {
  return { kind: 'refused', reason };
}

function sorted(ids: Iterable<ReplicaId>): readonly ReplicaId[] {
  return [...ids].sort();
}

function difference(before: readonly ReplicaId[], after: ReadonlySet<ReplicaId>): number {
  const kept = before.filter((id) => after.has(id)).length;
  return before.length - kept + (after.size - kept);
}
