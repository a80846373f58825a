/**
 * Who should not lead (R1, R4, R6): a replica whose clock is off, whose disk is nearly full or holds the mesh up, or that
 * shuts down hands leadership on while another can take it. A wrong clock, a shutdown and a disk that stalls also keep it
 * from campaigning; a full disk does not, or a mesh whose disks are all full could not even be read.
 */
import type { Logger } from '../observe/logger.js';
import type { ReplicaId } from '../raft/entry.js';
import type { PeerProgress, RaftCore } from '../raft/raft-core.js';
import { DiskWatch } from './disk-watch.js';
import type { DiskGauge } from './ports.js';
import type { Proposer } from './proposer.js';
import type { Saver } from './saver.js';
import type { Timekeeper } from './timekeeper.js';

export interface LeadershipGuardOptions {
  readonly core: RaftCore;
  readonly time: Timekeeper;
  readonly disk: DiskGauge;
  readonly saver: Saver;
  readonly proposer: Proposer;
  readonly electionTicks: number;
  readonly logger: Logger;
}

/** How long to wait, in election time-outs, before handing on again what came back. */
const REST_ELECTIONS = 1.5;

export class LeadershipGuard {
  private readonly diskWatch: DiskWatch;
  private ticksSinceHandedOn = Number.POSITIVE_INFINITY;
  /** Who were asked to take it and did not, in this leadership. */
  private readonly asked = new Set<ReplicaId>();

  constructor(private readonly options: LeadershipGuardOptions) {
    this.diskWatch = new DiskWatch(options);
  }

  /** Whether one write of the own disk takes longer than an election time-out. */
  get diskStalls(): boolean {
    return this.diskWatch.stalls;
  }

  /** Called once a tick. */
  tick(leading: boolean): void {
    const { core, time, disk, proposer, electionTicks, logger } = this.options;
    this.diskWatch.tick(leading);
    const { stalls, holdsUp } = this.diskWatch;
    const clockIsOff = time.clockIsOff();
    const belowDiskReserve = disk.belowReserve();
    const { draining } = proposer;
    // A candidate whose vote is on its way to a slow disk may still win; what it may not do is begin.
    const mayNotBegin = stalls && core.status().role !== 'candidate';
    core.setEligibility(clockIsOff || draining || mayNotBegin ? 'no-campaign' : 'full');
    this.ticksSinceHandedOn += 1;
    const unfit = clockIsOff || belowDiskReserve || draining || holdsUp;
    if (!leading || !unfit) this.asked.clear();
    if (!leading || !unfit || this.ticksSinceHandedOn < REST_ELECTIONS * electionTicks) return;
    this.ticksSinceHandedOn = 0;
    const able = this.ableVoters(holdsUp);
    const inVain = able.length > 0 && able.every(({ id }) => this.asked.has(id));
    if (inVain) this.asked.clear();
    // Others elect a leader by themselves once this one is silent; the mesh goes on without this disk, so they can.
    const stepsDown = able.length === 0 ? clockIsOff : inVain && holdsUp;
    const heir = stepsDown ? undefined : this.chooseHeir(able);
    const reasons = { clockIsOff, belowDiskReserve, draining, diskHoldsUp: holdsUp };
    logger.warn({ ...reasons, heir: heir ?? '', stepsDown }, 'handing leadership on');
    if (heir !== undefined) core.transferLeadership(heir);
    if (stepsDown) core.stepDown();
  }

  /** Those who could take over now; from a disk that holds the mesh up only who has taken more than it. */
  private ableVoters(holdsUp: boolean): readonly PeerProgress[] {
    const { core, time } = this.options;
    const { id, peers } = core.status();
    const saved = peers.find((peer) => peer.id === id)?.matchIndex ?? 0;
    return peers.filter(
      (peer) =>
        peer.id !== id &&
        peer.active &&
        time.voters.includes(peer.id) &&
        (!holdsUp || peer.matchIndex > saved),
    );
  }

  /** The voter that needs the least to take over; one that was asked in vain (it may be unfit, too) comes last. */
  private chooseHeir(able: readonly PeerProgress[]): ReplicaId | undefined {
    const heir = able
      .filter((peer) => !this.asked.has(peer.id))
      .sort((a, b) => b.matchIndex - a.matchIndex)[0];
    if (heir) this.asked.add(heir.id);
    return heir?.id;
  }
}
