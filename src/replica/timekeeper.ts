/**
 * All that one replica knows of time: its own clocks, its peers' clocks, and ledger time (R6).
 * Real milliseconds bound what networks and waiting people do; ledger milliseconds what the ledger does.
 */
import type { ReplicaId } from '../raft/entry.js';
import type { Batch } from './frame.js';
import { LedgerClock, type Now } from './ledger-clock.js';
import type { Clock } from './ports.js';

export interface TimekeeperOptions {
  readonly self: ReplicaId;
  readonly clock: Clock;
  /** Real milliseconds. */
  readonly clockSkewMs: number;
  readonly electionMs: number;
}

/** How much longer than an election time-out a clock that was heard still counts. */
const FRESH_ELECTIONS = 10;

export class Timekeeper {
  /** Whose clocks count, and whether this replica leads: kept current by the replica. */
  voters: readonly ReplicaId[] = [];
  leading = false;
  private readonly ledgerClock: LedgerClock;

  constructor(private readonly options: TimekeeperOptions) {
    const { self, clock, clockSkewMs, electionMs } = options;
    this.ledgerClock = new LedgerClock({
      self,
      skewMs: clockSkewMs * clock.speed,
      freshMs: FRESH_ELECTIONS * electionMs * clock.speed,
    });
  }

  /** Monotonic real milliseconds. */
  realMs(): number {
    return this.options.clock.monotonicMs() / this.options.clock.speed;
  }

  /** Ledger milliseconds that pass in so many real ones. */
  scaled(realMs: number): number {
    return Math.ceil(realMs * this.options.clock.speed);
  }

  wallMs(): number {
    return Math.max(0, Math.floor(this.options.clock.wallMs()));
  }

  /** Notes what a batch says of its sender's clock. */
  heard(batch: Batch): void {
    this.ledgerClock.sample(batch.from, batch.wallMs, this.now());
  }

  /** Notes what a batch of the leader says of ledger time. */
  heardLeader(batch: Batch): void {
    if (batch.ledgerMs > 0) this.ledgerClock.hearLeader(batch.ledgerMs, batch.medianMs, this.now());
  }

  /** Notes the ledger time of an applied entry. */
  applied(atMs: number): void {
    this.ledgerClock.applied(atMs, this.now());
  }

  /** The ledger time for entries appended now; null when too few voters' clocks are known. For leaders. */
  stamp(): number | null {
    return this.ledgerClock.stamp(this.voters, this.now());
  }

  /** Ledger time as well as this replica can tell. */
  ledgerTimeMs(): number {
    return this.ledgerClock.estimate(this.voters, this.leading, this.now());
  }

  /** The median of the voters' clocks, 0 when it is not known. */
  medianMs(): number {
    return Math.max(0, Math.floor(this.ledgerClock.median(this.voters, this.now()) ?? 0));
  }

  get skewMaxMs(): number {
    return this.scaled(this.options.clockSkewMs);
  }

  /** How far this replica's clock is off the median of the voters'; null when it cannot tell. */
  ownSkewMs(): number | null {
    return this.ledgerClock.ownSkewMs(this.voters, this.leading, this.now());
  }

  clockIsOff(): boolean {
    const skewMs = this.ownSkewMs();
    return skewMs !== null && Math.abs(skewMs) > this.skewMaxMs;
  }

  private now(): Now {
    const { clock } = this.options;
    return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
  }
}
