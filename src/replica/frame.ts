/**
 * What replicas exchange: consensus messages, proposals on their way to the leader, and their refusals.
 */
import type { ReplicaId } from '../raft/entry.js';
import type { Message } from '../raft/message.js';

export type ProposalRefusal =
  | 'not-leader'
  | 'busy'
  | 'transferring'
  | 'too-late'
  | 'invalid'
  | 'disk-reserve'
  | 'clock';

export type Frame =
  | { readonly kind: 'raft'; readonly message: Message }
  | {
      readonly kind: 'proposal';
      readonly proposalId: number;
      readonly notAfterMs: number;
      /** An encoded command. */
      readonly command: Uint8Array;
    }
  | { readonly kind: 'proposal-refused'; readonly proposalId: number; readonly reason: ProposalRefusal };

/** Frames of one turn to one peer, with what every batch says of its sender. */
export interface Batch {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  /** The sender's wall clock, milliseconds since 1970. */
  readonly wallMs: number;
  /** What the leader takes ledger time to be; 0 from others. */
  readonly ledgerMs: number;
  /** The median of the voters' clocks as the leader sees it; 0 from others. Tells a replica how far off it is. */
  readonly medianMs: number;
  /** What the leader knows to be committed; 0 from others. Tells a replica how far behind it is, and commits nothing. */
  readonly commitIndex: number;
  /** The newest ledger version that the sender's program understands. */
  readonly understands: number;
  readonly frames: readonly Frame[];
}

/** A replica with the company that runs it. */
export interface Member {
  readonly id: ReplicaId;
  readonly company: string;
  /** host:port of its gRPC server; '' for a founder, whom every node has in its MALHA_PEERS. */
  readonly address: string;
}

/** Who a replica is, and what it knows of its mesh. */
export interface Identity {
  readonly replica: ReplicaId;
  /** 16 lower-case hex digits; '' while the replica is empty. */
  readonly cluster: string;
  readonly company: string;
  /** The companies of its peer list, itself included, sorted. */
  readonly peerCompanies: readonly string[];
  /** Once there is a mesh: who founded it, sorted by id. */
  readonly founders: readonly Member[];
}

/** What a replica answers who asks who it is. */
export interface Introduction extends Identity {
  /** Who is a member, sorted by id, as of `membersIndex`; empty where it knows nothing yet. */
  readonly members: readonly Member[];
  readonly membersIndex: number;
  /** The newest ledger version that its program understands. */
  readonly understands: number;
}
