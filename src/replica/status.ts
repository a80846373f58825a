/**
 * What a replica says of itself and its mesh, and whether it is ready to serve: it knows a leader that was heard
 * within an election time-out, and has applied what that leader had committed.
 */
import type { LedgerMeta } from '../ledger/state.js';
import { type ConfigState, NOBODY } from '../raft/entry.js';
import type { RaftStatus } from '../raft/raft-core.js';
import type { SoftState } from '../raft/ready.js';
import type { Failure } from './failure.js';
import type { Identity } from './frame.js';
import type { MemberBook } from './member-book.js';
import type { MeshStatus, PeerStatus } from './mesh.js';

export interface StatusFacts {
  readonly identity: Identity;
  readonly raft: RaftStatus;
  readonly soft: SoftState;
  readonly config: ConfigState;
  readonly book: MemberBook;
  /** Why the replica serves nobody, being no member; null for one that is. */
  readonly outside: Failure | null;
  readonly ledger: LedgerMeta;
  readonly ledgerTimeMs: number;
  readonly ageMs: number;
  readonly electionMs: number;
  readonly ownSkewMs: number | null;
  readonly skewMaxMs: number;
  readonly belowDiskReserve: boolean;
  readonly diskStalls: boolean;
}

export function describeStatus(facts: StatusFacts): MeshStatus {
  const { identity, raft, soft, ledger } = facts;
  const problems = findProblems(facts);
  return {
    replica: identity.replica,
    company: identity.company,
    cluster: identity.cluster,
    role: soft.role,
    term: raft.term,
    leader: soft.leader,
    leaderCompany: facts.book.get(soft.leader)?.company ?? '',
    commitIndex: raft.commitIndex,
    appliedIndex: ledger.appliedIndex,
    lastIndex: raft.lastIndex,
    digest: ledger.digest,
    ledgerVersion: ledger.ledgerVersion,
    ledgerTimeMs: facts.ledgerTimeMs,
    ready: problems.length === 0,
    problems,
    peers: describePeers(facts),
  };
}

function findProblems(facts: StatusFacts): string[] {
  // Whatever else is wrong with a replica that the mesh goes on without follows from that.
  if (facts.outside !== null) return [facts.outside.message];
  const { raft, soft, ledger, electionMs, ownSkewMs, skewMaxMs } = facts;
  const problems: string[] = [];
  const leading = soft.role === 'leader';
  if (soft.leader === NOBODY) problems.push('no leader');
  else if (leading && !raft.committedInTerm) problems.push('the new leader has not committed yet');
  else if (facts.ageMs > 2 * electionMs) {
    problems.push(
      leading
        ? 'no quorum was heard lately'
        : `not caught up with the leader for ${Math.round(facts.ageMs)} ms`,
    );
  }
  if (ledger.appliedIndex < raft.commitIndex) {
    problems.push(`${raft.commitIndex - ledger.appliedIndex} committed entries are not applied yet`);
  }
  if (ownSkewMs !== null && Math.abs(ownSkewMs) > skewMaxMs) {
    problems.push(`the clock is ${Math.round(ownSkewMs)} ms off the median of the mesh`);
  }
  if (facts.belowDiskReserve) problems.push('the disk is below its free-space reserve');
  if (facts.diskStalls) problems.push('the disk stalls: a write takes longer than an election time-out');
  return problems;
}

function describePeers({ identity, raft, config, book, soft }: StatusFacts): PeerStatus[] {
  const voters = new Set([...config.voters, ...config.votersOutgoing]);
  const progress = new Map(raft.peers.map((peer) => [peer.id, peer]));
  return book.members.map(({ id, company, address }) => {
    const peer = soft.role === 'leader' ? progress.get(id) : undefined;
    const self = id === identity.replica;
    return {
      replica: id,
      company,
      address,
      voter: voters.has(id),
      self,
      matchIndex: peer ? peer.matchIndex : null,
      active: peer ? self || peer.active : null,
    };
  });
}
