/**
 * Watches this replica's own disk at work: it stalls when one save takes longer than an election time-out.
 *
 * 1. Time is counted in ticks that this replica lived through: a process that stood still itself has no slow disk.
 * 2. A leader's disk holds the mesh up when it stalls and the others have gone on committing without it for as long.
 *    Where they could not (no others, or their disks stall, too) another leader would be no better: there is no flapping.
 */
import type { Logger } from '../observe/logger.js';
import type { RaftCore } from '../raft/raft-core.js';
import type { Saver } from './saver.js';

export interface DiskWatchOptions {
  readonly core: RaftCore;
  readonly saver: Saver;
  readonly electionTicks: number;
  readonly logger: Logger;
}

export class DiskWatch {
  /** Of the save that is watched: its number, and for how many ticks it is under way. */
  private save = 0;
  private saveTicks = 0;
  /** For how many of those the mesh had committed more than this disk has taken. */
  private behindTicks = 0;

  constructor(private readonly options: DiskWatchOptions) {}

  /** Called once a tick. */
  tick(leading: boolean): void {
    const { saver, electionTicks, logger } = this.options;
    const stalled = this.stalls;
    if (!saver.isWriting || saver.saves !== this.save) {
      this.save = saver.saves;
      this.saveTicks = 0;
      this.behindTicks = 0;
    } else {
      this.saveTicks += 1;
      this.behindTicks = leading && this.isBehind() ? this.behindTicks + 1 : 0;
    }
    if (this.stalls === stalled) return;
    if (stalled) logger.info({}, 'the disk goes on');
    else
      logger.warn({ ticks: electionTicks }, 'the disk stalls: a save takes longer than an election time-out');
  }

  get stalls(): boolean {
    return this.saveTicks > this.options.electionTicks;
  }

  get holdsUp(): boolean {
    return this.behindTicks > this.options.electionTicks;
  }

  private isBehind(): boolean {
    const { id, commitIndex, peers } = this.options.core.status();
    const own = peers.find((peer) => peer.id === id);
    return own !== undefined && own.matchIndex < commitIndex;
  }
}
