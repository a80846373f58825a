/**
 * What may be asked of the members of a mesh, and what comes of it: the contract of `Replica.members`.
 *
 * Every request names where the mesh shall get to, not a step: asked again, by whomever, after a lost answer or at
 * another leader, it goes on from where the mesh is, and says the same once it is there.
 */
import type { ReplicaId } from '../raft/entry.js';
import type { Introduction, Member } from './frame.js';

/** A replica that is to be a member. */
export interface Newcomer extends Member {
  /** Whether it waits to be taken in. One that belongs to a mesh, be it this one, must be a member already. */
  readonly waits: boolean;
  /** The newest ledger version that its program understands. */
  readonly understands: number;
}

export type MemberRequest =
  /** Takes `member` in as a learner; a learner or voter of that id gets the address, where another one is named. */
  | { readonly kind: 'add'; readonly member: Newcomer }
  /** Makes the learner of `company` a voter. */
  | { readonly kind: 'promote'; readonly company: string }
  /** Takes all that `company` has in the mesh out. */
  | { readonly kind: 'remove'; readonly company: string }
  /**
   * Puts `member` in the place of what its company has in the mesh: a learner, until it caught up, then a voter in one
   * joint change with the removal. `lost` names whose place it is; null for whoever has it.
   */
  | { readonly kind: 'replace'; readonly member: Newcomer; readonly lost: ReplicaId | null };

export type MemberRefusal =
  /** Another replica leads, or none: the leader is to be asked. */
  | 'not-leader'
  /** Another change was under way for as long as this one might wait. */
  | 'pending-change'
  | 'unknown-company'
  /** The company has another replica in the mesh, or the replica is another company's. */
  | 'already-member'
  /** The replica belongs to a mesh, and not as a member to this one: it was taken out once, or is another mesh's. */
  | 'not-waiting'
  /** Its program does not understand the ledger version that the mesh runs. */
  | 'too-old'
  /** The company's learner stands beside a voter of the company: it can only replace it. */
  | 'not-learner'
  /** The replica whose place was asked for is no member. */
  | 'not-the-one'
  /** The learner is too far behind (C25), or was not heard lately. */
  | 'lagging'
  /** Too few of those who would vote were heard lately. */
  | 'would-lose-quorum'
  | 'sole-voter';

export type MemberOutcome =
  | {
      readonly kind: 'done';
      /** Who was added, promoted or put in the place; null after a removal. */
      readonly member: Member | null;
      /** Who went; null where nobody did, or where it is not remembered any more. */
      readonly removed: Member | null;
    }
  /** Nothing has changed. */
  | { readonly kind: 'refused'; readonly reason: MemberRefusal; readonly why: string };

/** One member as the replica that was asked sees it. */
export interface MemberView extends Member {
  readonly voter: boolean;
  readonly leader: boolean;
  /** Known by the leader only, else false and 0: whether it was heard lately, and the last index that it holds. */
  readonly active: boolean;
  readonly matchIndex: number;
}

export interface MemberList {
  /** Sorted by id. */
  readonly members: readonly MemberView[];
  /** The applied index as of which that is so. */
  readonly index: number;
}

/** The members of a mesh, as one replica knows and, while it leads, changes them. */
export interface Members {
  list(): MemberList;
  /** A peer said who is a member as it knows: whoever was cut off while it was taken out finds that out this way. */
  heard(peer: Introduction): void;
  /**
   * Carries out `request`; one at a time, in the order asked. Resolves when the configuration that it asks for is in
   * force here, or with a refusal. Rejects with a Failure: UNAVAILABLE or RESOURCE_EXHAUSTED, nothing was changed;
   * DEADLINE_EXCEEDED, something may have been, and the request may be asked again to go on.
   */
  change(request: MemberRequest, options: { readonly timeoutMs: number }): Promise<MemberOutcome>;
}
