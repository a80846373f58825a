/**
 * Ledger time (R6): what the leader stamps into entries, and how far a replica's own clock is off.
 *
 * 1. A stamp is the lower median of the voters' clocks: one clock that runs away moves nothing.
 * 2. Stamps never go back.
 * 3. More than an hour past the last stamp is given only when a quorum of voters' clocks agrees on it within
 *    the allowed skew; until then ledger time advances with the leader's monotonic clock, or does not begin.
 *
 * Pure: every method takes the present as an argument. All times are milliseconds of the (scaled) clock port.
 */
import type { ReplicaId } from '../raft/entry.js';

const JUMP_MAX_MS = 3_600_000;

export interface LedgerClockOptions {
  readonly self: ReplicaId;
  /** How far a clock may be off the median and still count as right. */
  readonly skewMs: number;
  /** A peer's clock that was not heard for this long does not count. */
  readonly freshMs: number;
}

/** The present, as this replica reads its own clocks. */
export interface Now {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

interface Sample {
  /** The peer's wall clock less our monotonic clock, at receipt. */
  readonly offsetMs: number;
  readonly heardAtMs: number;
}

export class LedgerClock {
  private readonly samples = new Map<ReplicaId, Sample>();
  private last = { stampMs: 0, atMonotonicMs: 0 };
  private heard: { ledgerMs: number; medianMs: number; atMonotonicMs: number } | null = null;

  constructor(private readonly options: LedgerClockOptions) {}

  /** Notes a peer's wall clock, as a batch carried it. */
  sample(peer: ReplicaId, wallMs: number, now: Now): void {
    this.samples.set(peer, { offsetMs: wallMs - now.monotonicMs, heardAtMs: now.monotonicMs });
  }

  /** Notes what the leader takes ledger time and the median of the clocks (0: unknown) to be. */
  hearLeader(ledgerMs: number, medianMs: number, now: Now): void {
    this.heard = { ledgerMs, medianMs, atMonotonicMs: now.monotonicMs };
  }

  /** Notes the ledger time of an entry applied here: no later stamp may be lower. */
  applied(atMs: number, now: Now): void {
    if (atMs > this.last.stampMs) this.last = { stampMs: atMs, atMonotonicMs: now.monotonicMs };
  }

  /** The stamp for an entry appended now, or null when too few voters' clocks are known to tell. For leaders. */
  stamp(voters: readonly ReplicaId[], now: Now): number | null {
    const stampMs = this.peek(voters, now);
    if (stampMs !== null) this.applied(stampMs, now);
    return stampMs;
  }

  /** What `stamp` would give, without giving it. */
  peek(voters: readonly ReplicaId[], now: Now): number | null {
    const clocks = this.clocks(voters, now);
    const median = this.medianOf(clocks, voters);
    if (median === null) return null;
    const quorum = Math.floor(voters.length / 2) + 1;
    const agreeing = clocks.filter((clock) => Math.abs(clock - median) <= this.options.skewMs).length;
    const aJump = median > this.last.stampMs + JUMP_MAX_MS;
    if (aJump && agreeing < quorum && this.last.stampMs === 0) return null;
    const candidate =
      aJump && agreeing < quorum ? this.last.stampMs + (now.monotonicMs - this.last.atMonotonicMs) : median;
    return Math.max(this.last.stampMs, Math.floor(candidate));
  }

  /** The lower median of the voters' clocks, or null when fewer than a quorum of them are known. */
  median(voters: readonly ReplicaId[], now: Now): number | null {
    return this.medianOf(this.clocks(voters, now), voters);
  }

  /**
   * Ledger time as well as this replica can tell: from its own stamps when it leads, else from what the leader
   * last said, else from its own clock; never lower than the last entry applied here.
   */
  estimate(voters: readonly ReplicaId[], leading: boolean, now: Now): number {
    const own = leading ? this.peek(voters, now) : null;
    if (own !== null) return own;
    const fromLeader = this.heard
      ? this.heard.ledgerMs + (now.monotonicMs - this.heard.atMonotonicMs)
      : now.wallMs;
    return Math.max(this.last.stampMs, Math.floor(fromLeader));
  }

  /**
   * How far this replica's own clock is off the median: as the leader sees it from the samples, as a follower
   * from what the last leader said; null when it cannot tell. What was said long ago does not count: a clock
   * that was set while nobody led would keep its replica from campaigning for ever.
   */
  ownSkewMs(voters: readonly ReplicaId[], leading: boolean, now: Now): number | null {
    if (leading) {
      const medianMs = this.median(voters, now);
      if (medianMs === null) return null;
      // Remembered beyond its leadership: one that steps down for its clock must not campaign at once.
      this.heard = {
        ledgerMs: Math.max(this.last.stampMs, medianMs),
        medianMs,
        atMonotonicMs: now.monotonicMs,
      };
      return now.wallMs - medianMs;
    }
    if (this.heard === null || this.heard.medianMs === 0) return null;
    if (now.monotonicMs - this.heard.atMonotonicMs > this.options.freshMs) return null;
    return now.wallMs - (this.heard.medianMs + (now.monotonicMs - this.heard.atMonotonicMs));
  }

  /** Of the voters that were heard lately, in ascending order. */
  private clocks(voters: readonly ReplicaId[], now: Now): number[] {
    const clocks: number[] = [];
    for (const voter of voters) {
      if (voter === this.options.self) insert(clocks, now.wallMs);
      else {
        const sample = this.samples.get(voter);
        if (sample && now.monotonicMs - sample.heardAtMs <= this.options.freshMs) {
          insert(clocks, sample.offsetMs + now.monotonicMs);
        }
      }
    }
    return clocks;
  }

  private medianOf(sorted: readonly number[], voters: readonly ReplicaId[]): number | null {
    if (sorted.length === 0 || sorted.length < Math.floor(voters.length / 2) + 1) return null;
    return sorted[Math.floor((sorted.length - 1) / 2)]!;
  }
}

/** Inserts `value` where it belongs: a handful of numbers, on the path of every batch. */
function insert(ascending: number[], value: number): void {
  let at = ascending.length;
  while (at > 0 && ascending[at - 1]! > value) {
    ascending[at] = ascending[at - 1]!;
    at -= 1;
  }
  ascending[at] = value;
}
