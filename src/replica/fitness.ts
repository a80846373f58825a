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
  /** Who were asked to take it and did not, in this leadership. */
  private readonly asked = new Set<ReplicaId>();

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
    if (!leading || !unfit) this.asked.clear();
    if (!leading || !unfit || this.ticksSinceHandedOn < this.restTicks) return;
    this.ticksSinceHandedOn = 0;
    const heir = this.chooseHeir(voters);
    this.logger.warn({ ...fitness, heir: heir ?? '' }, 'handing leadership on');
    if (heir !== undefined) this.core.transferLeadership(heir);
    else if (fitness.clockIsOff) this.core.stepDown();
  }

  /** The voter that needs the least to take over; one that was asked in vain (it may be unfit, too) comes last. */
  private chooseHeir(voters: readonly ReplicaId[]): ReplicaId | undefined {
    const { id, peers } = this.core.status();
    const able = peers.filter((peer) => peer.id !== id && peer.active && voters.includes(peer.id));
    if (able.every((peer) => this.asked.has(peer.id))) this.asked.clear();
    const heir = able
      .filter((peer) => !this.asked.has(peer.id))
      .sort((a, b) => b.matchIndex - a.matchIndex)[0];
    if (heir) this.asked.add(heir.id);
    return heir?.id;
  }
}
