/**
 * The configuration in force and what is known of each member under it, in the order of their ids.
 */
import { EMPTY_CONFIG, type TrackedMember } from './config-changer.js';
import type { ConfigState, ReplicaId } from './entry.js';
import { Progress, type WindowLimits } from './progress.js';
import { quorumAcknowledged, quorumVote } from './quorum.js';

export class Tracker {
  config: ConfigState = EMPTY_CONFIG;
  /** Sorted by id, so that a broadcast is the same on every run. */
  members: readonly Progress[] = [];
  private byId: ReadonlyMap<ReplicaId, Progress> = new Map();

  constructor(private readonly limits: WindowLimits) {}

  /** What is known of `id`, or undefined when it is no member. */
  get(id: ReplicaId): Progress | undefined {
    return this.byId.get(id);
  }

  /** Puts `config` in force. Members that stay keep what is known of them; new ones are probed at `lastIndex`. */
  install(config: ConfigState, tracked: readonly TrackedMember[], lastIndex: number): void {
    const members: Progress[] = [];
    for (const { id, learner, fresh } of tracked) {
      const known = fresh ? undefined : this.byId.get(id);
      if (known !== undefined) {
        known.learner = learner;
        members.push(known);
      } else {
        members.push(this.newcomer(id, learner, lastIndex));
      }
    }
    this.config = config;
    this.members = members;
    this.byId = new Map(members.map((progress) => [progress.id, progress]));
  }

  /** The largest index that a quorum is known to hold. */
  committedIndex(): number {
    return quorumAcknowledged(this.config, this.matchOf);
  }

  /** The newest read round that a quorum has answered. */
  confirmedReadSequence(): number {
    return quorumAcknowledged(this.config, this.readSequenceOf);
  }

  /** Whether a quorum of voters was heard since activity was last cleared. */
  quorumActive(): boolean {
    return quorumVote(this.config, this.activityOf) === 'won';
  }

  private newcomer(id: ReplicaId, learner: boolean, lastIndex: number): Progress {
    const progress = new Progress(id, Math.max(lastIndex, 1), learner, this.limits);
    // Counted as heard, lest the leader step down before a new member had a chance to speak.
    progress.active = true;
    return progress;
  }

  private readonly matchOf = (id: ReplicaId) => this.byId.get(id)?.matchIndex;
  private readonly readSequenceOf = (id: ReplicaId) => this.byId.get(id)?.readSequence;
  private readonly activityOf = (id: ReplicaId) => this.byId.get(id)?.active;
}
