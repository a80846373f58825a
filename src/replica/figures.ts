/**
 * What metrics tell of a replica beyond its status: how much waits, how far its peers are, how many losses it can take.
 * Copied at the moment of asking; nothing here decides anything.
 */
import type { ConfigState, ReplicaId } from '../raft/entry.js';
import type { RaftStatus } from '../raft/raft-core.js';
import type { MemberBook } from './member-book.js';

/** What a leader knows of one other member. */
export interface PeerFigures {
  readonly company: string;
  readonly voter: boolean;
  /** Entries of the leader's log that the member is not known to have. */
  readonly lagEntries: number;
  /** Appends sent and not acknowledged. */
  readonly inflight: number;
}

/** What the replica tells as it is. */
interface PlainFigures {
  /** Requests that were taken here and have no answer yet. */
  readonly submissionsWaiting: number;
  /** Linearizable reads that wait here for the leader's word. */
  readonly readsWaiting: number;
  /** How far this replica's clock is off the median of the voters', in ledger milliseconds; null when it cannot tell. */
  readonly clockSkewMs: number | null;
  /** Beyond it a replica does not lead. */
  readonly clockSkewMaxMs: number;
  /** Whether one write of the own disk takes longer than an election time-out. */
  readonly diskStalls: boolean;
}

export interface ReplicaFigures extends PlainFigures {
  /** Of proposals that are in the log and not yet committed; 0 unless this replica leads. */
  readonly uncommittedBytes: number;
  readonly voters: number;
  readonly learners: number;
  /** Of a leader: how many more voters may be lost, whichever they are, and it still decides; else null. */
  readonly lossesTolerated: number | null;
  /** Empty unless this replica leads. */
  readonly peers: readonly PeerFigures[];
}

export interface FigureFacts extends PlainFigures {
  readonly raft: RaftStatus;
  readonly config: ConfigState;
  readonly book: Pick<MemberBook, 'get' | 'members'>;
  /** Whether another replica was heard lately. */
  readonly heard: (peer: ReplicaId) => boolean;
}

export function describeFigures({ raft, config, book, heard, ...plain }: FigureFacts): ReplicaFigures {
  const voters = new Set([...config.voters, ...config.votersOutgoing]);
  const leading = raft.role === 'leader';
  const isUp = (voter: ReplicaId): boolean => voter === raft.id || heard(voter);
  const peers = raft.peers.filter((peer) => peer.id !== raft.id);
  return {
    ...plain,
    uncommittedBytes: leading ? raft.uncommittedBytes : 0,
    voters: voters.size,
    learners: book.members.filter(({ id }) => !voters.has(id)).length,
    lossesTolerated: leading ? lossesTolerated(config, isUp) : null,
    peers: peers.map(({ id, matchIndex, inflight }) => ({
      company: book.get(id)?.company ?? '',
      voter: voters.has(id),
      lagEntries: Math.max(0, raft.lastIndex - matchIndex),
      inflight,
    })),
  };
}

/** In a joint configuration both halves must be able to decide. */
function lossesTolerated({ voters, votersOutgoing }: ConfigState, isUp: (id: ReplicaId) => boolean): number {
  const halves = [voters, votersOutgoing].filter((half) => half.length > 0);
  const spare = halves.map((half) => half.filter(isUp).length - (Math.floor(half.length / 2) + 1));
  return spare.length === 0 ? 0 : Math.max(0, Math.min(...spare));
}
