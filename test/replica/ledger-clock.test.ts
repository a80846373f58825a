import { describe, expect, it } from 'vitest';
import { replicaId } from '../../src/raft/entry.js';
import { LedgerClock, type Now } from '../../src/replica/ledger-clock.js';

const A = replicaId('000000000000000a');
const B = replicaId('000000000000000b');
const C = replicaId('000000000000000c');
const VOTERS = [A, B, C];
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const T = 1_800_000_000_000;

const at = (wallMs: number, monotonicMs = 1_000): Now => ({ wallMs, monotonicMs });

function clock(skewMs = 2_000): LedgerClock {
  return new LedgerClock({ self: A, skewMs, freshMs: 10_000 });
}

/** A clock that leads, has applied something at T, and hears B and C with these offsets from its own. */
function leading(offsetB: number, offsetC: number): LedgerClock {
  const ledgerClock = clock();
  ledgerClock.applied(T, at(T));
  ledgerClock.sample(B, T + offsetB, at(T));
  ledgerClock.sample(C, T + offsetC, at(T));
  return ledgerClock;
}

describe('ledger time (R6)', () => {
  it('is the median of the voters clocks', () => {
    expect(leading(500, 900).stamp(VOTERS, at(T))).toBe(T + 500);
  });

  it('is not moved by one clock that runs away by years, forwards or backwards', () => {
    expect(leading(YEAR, 10).stamp(VOTERS, at(T))).toBe(T + 10);
    expect(leading(-YEAR, 10).stamp(VOTERS, at(T))).toBe(T);
    // Also when the runaway is the leader itself.
    const ledgerClock = leading(0, 10);
    expect(ledgerClock.stamp(VOTERS, at(T + YEAR))).toBe(T + 10);
  });

  it('never goes back, though every clock does', () => {
    const ledgerClock = leading(0, 0);
    expect(ledgerClock.stamp(VOTERS, at(T + 5))).toBe(T);
    ledgerClock.sample(B, T - HOUR, at(T, 2_000));
    ledgerClock.sample(C, T - HOUR, at(T, 2_000));
    expect(ledgerClock.stamp(VOTERS, at(T - HOUR, 2_000))).toBe(T);
  });

  it('jumps more than an hour only when a quorum of clocks agrees on it', () => {
    const agreed = leading(5 * HOUR, 5 * HOUR + 1_000);
    expect(agreed.stamp(VOTERS, at(T))).toBe(T + 5 * HOUR);
    const lonely = leading(5 * HOUR, 9 * HOUR);
    expect(lonely.stamp(VOTERS, at(T))).toBe(T);
    // Until they agree it goes on with the leader's monotonic clock.
    expect(lonely.peek(VOTERS, at(T, 1_000 + 7_000))).toBe(T + 7_000);
  });

  it('gives no stamp when fewer than a quorum of clocks are known or fresh', () => {
    expect(clock().stamp(VOTERS, at(T))).toBeNull();
    const stale = leading(0, 0);
    expect(stale.stamp(VOTERS, at(T + 20_000, 21_001))).toBeNull();
    expect(clock().stamp([A], at(T))).toBe(T);
  });

  it('does not begin while the clocks of a quorum disagree: there is nothing to go on from', () => {
    const ledgerClock = clock();
    ledgerClock.sample(B, T - 9_000, at(T));
    expect(ledgerClock.stamp(VOTERS, at(T))).toBeNull();
    ledgerClock.sample(C, T + 500, at(T));
    expect(ledgerClock.stamp(VOTERS, at(T))).toBe(T);
  });

  it('is not judged by what a leader said long ago, nor by one that knew no median', () => {
    const follower = clock();
    follower.hearLeader(T, T, at(T, 1_000));
    expect(follower.ownSkewMs(VOTERS, false, at(T + 60_000, 2_000))).toBe(59_000);
    expect(follower.ownSkewMs(VOTERS, false, at(T + 60_000, 11_001))).toBeNull();
    follower.hearLeader(T, 0, at(T, 12_000));
    expect(follower.ownSkewMs(VOTERS, false, at(T, 12_000))).toBeNull();
    expect(follower.estimate(VOTERS, false, at(T + YEAR, 12_500))).toBe(T + 500);
  });

  it('advances between samples with the monotonic clock', () => {
    const ledgerClock = leading(100, 100);
    expect(ledgerClock.stamp(VOTERS, at(T + 3_000, 4_000))).toBe(T + 3_100);
  });

  it('is estimated by a follower from what the leader said, not from its own clock', () => {
    const ledgerClock = clock();
    ledgerClock.hearLeader(T, T, at(T + YEAR, 1_000));
    expect(ledgerClock.estimate(VOTERS, false, at(T + YEAR, 1_500))).toBe(T + 500);
  });

  it('tells a leader and a follower how far off their own clocks are', () => {
    expect(leading(-3_000, -2_500).ownSkewMs(VOTERS, true, at(T))).toBe(2_500);
    const follower = clock();
    expect(follower.ownSkewMs(VOTERS, false, at(T))).toBeNull();
    follower.hearLeader(T + HOUR, T, at(T + 5_000, 1_000));
    expect(follower.ownSkewMs(VOTERS, false, at(T + 5_100, 1_100))).toBe(5_000);
  });
});
