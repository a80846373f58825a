/**
 * What a replica tells of itself when it is asked: its status for doors and operators, its figures for metrics.
 */
import type { RaftCore } from '../raft/raft-core.js';
import type { SoftState } from '../raft/ready.js';
import { describeFigures, type ReplicaFigures } from './figures.js';
import type { LeadershipGuard } from './fitness.js';
import type { Freshness } from './freshness.js';
import type { LinearizableReads } from './linearizable-reads.js';
import type { Membership } from './membership.js';
import type { MeshStatus } from './mesh.js';
import type { ReplicaOptions } from './replica-options.js';
import { describeStatus } from './status.js';
import type { Submissions } from './submissions.js';
import type { Timekeeper } from './timekeeper.js';

export interface OverviewOptions {
  readonly world: ReplicaOptions;
  readonly core: RaftCore;
  readonly time: Timekeeper;
  readonly membership: Membership;
  readonly freshness: Freshness;
  readonly submissions: Submissions;
  readonly reads: LinearizableReads;
  readonly guard: LeadershipGuard;
  /** As the replica last noted it. */
  readonly soft: () => SoftState;
  /** How old a stale read here may be, in milliseconds. */
  readonly ageMs: () => number;
}

export class Overview {
  constructor(private readonly options: OverviewOptions) {}

  status(): MeshStatus {
    const { world, core, time, membership, guard } = this.options;
    return describeStatus({
      identity: world.identity,
      raft: core.status(),
      soft: this.options.soft(),
      config: membership.config,
      book: membership.book,
      outside: membership.outside,
      ledger: world.ledger.meta(),
      ledgerTimeMs: time.ledgerTimeMs(),
      ageMs: this.options.ageMs(),
      electionMs: world.timing.electionMs,
      ownSkewMs: time.ownSkewMs(),
      skewMaxMs: time.skewMaxMs,
      belowDiskReserve: world.disk.belowReserve(),
      diskStalls: guard.diskStalls,
    });
  }

  figures(): ReplicaFigures {
    const { world, core, time, membership, freshness, submissions, reads, guard } = this.options;
    const sinceMs = time.realMs() - world.timing.electionMs;
    return describeFigures({
      raft: core.status(),
      config: membership.config,
      book: membership.book,
      heard: (peer) => freshness.heardSince(peer, sinceMs),
      submissionsWaiting: submissions.waiting,
      readsWaiting: reads.waiting,
      clockSkewMs: time.ownSkewMs(),
      clockSkewMaxMs: time.skewMaxMs,
      diskStalls: guard.diskStalls,
    });
  }
}
