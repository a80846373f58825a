/**
 * Who should not lead (R4, R6): a replica whose clock is off, whose disk is nearly full, or that shuts down
 * hands leadership on while another can take it. A wrong clock and a shutdown also keep it from campaigning;
 * a full disk does not, or a mesh whose disks are all full could not even be read.
 */

import type { Logger } from '../observe/logger.js';
import type { ReplicaId } from '../raft/entry.js';
import type { RaftCore } from '../raft/raft-core.js';

export interface Fitness {
  readonly clockIsOff: boolean;
  readonly belowDiskReserve: boolean;
  readonly draining: boolean;
}

export class LeadershipGuard {
  private ticksSinceHandedOn = Number.POSITIVE_INFINITY;

  /** `restTicks`: how long to wait before handing on again what came back. */
  constructor(
    private readonly core: RaftCore,
    private readonly restTicks: number,
    private readonly logger: Logger,
  ) {}

  /** Called once a tick. */
  check(fitness: Fitness, leading: boolean, voters: readonly ReplicaId[]): void {
    this.ticksSinceHandedOn += 1;
    this.core.setEligibility(fitness.clockIsOff || fitness.draining ? 'no-campaign' : 'full');
    const unfit = fitness.clockIsOff || fitness.belowDiskReserve || fitness.draining;
    if (!leading || !unfit || this.ticksSinceHandedOn < this.restTicks) return;
    this.ticksSinceHandedOn = 0;
    const heir = this.core
      .status()
      .peers.filter((peer) => peer.active && voters.includes(peer.id))
      .sort((a, b) => b.matchIndex - a.matchIndex)[0];
    this.logger.warn({ ...fitness, heir: heir?.id ?? '' }, 'handing leadership on');
    if (heir) this.core.transferLeadership(heir.id);
    else if (fitness.clockIsOff) this.core.stepDown();
  }
}
