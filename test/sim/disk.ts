/**
 * A node's disk as far as its stores share it: how long a write takes, that it may stall, and that it may be full.
 */
import type { Chance } from './chance.js';
import type { Timeline } from './timeline.js';

/** What a full disk says. The process that hears it must end (R4). */
export class DiskFull extends Error {
  override readonly name = 'DiskFull';
}

/** What a store says that finds a record damaged. */
export class Damaged extends Error {
  override readonly name = 'Damaged';
}

export class Disk {
  full = false;
  belowReserve = false;
  private stalledUntilUs = 0;
  private quick = false;

  constructor(
    private readonly timeline: Timeline,
    private readonly chance: Chance,
    private readonly writeUs: readonly [number, number],
  ) {}

  /** Everything written from now on takes until then at least. */
  stallUntil(us: number): void {
    this.stalledUntilUs = Math.max(this.stalledUntilUs, us);
  }

  /** Lets the disk be a good one from now on. */
  calmDown(): void {
    this.full = false;
    this.belowReserve = false;
    this.stalledUntilUs = 0;
    this.quick = true;
  }

  /** When a write that begins now is on disk, if nothing comes in between. */
  landsAtUs(): number {
    const [least, most] = this.quick ? [50, 400] : this.writeUs;
    return Math.max(this.stalledUntilUs, this.timeline.nowUs) + this.chance.between(least, most);
  }
}
