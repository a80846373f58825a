/**
 * What kind of a world a seed is: its size, its pace, and which faults it has, how often. Every seed leaves some
 * kinds out ("swarm"), for faults hide each other: what is killed every second never gets far enough to go wrong.
 */
import type { ReplicaTiming } from '../../src/replica/core-config.js';
import type { Chance } from './chance.js';
import { FAULTS, type Fault } from './coverage.js';
import type { CoreBounds } from './probe.js';

export interface Profile {
  readonly replicas: number;
  readonly timing: ReplicaTiming;
  /** The kinds of faults this world has, with a weight each, from 1 to 8. */
  readonly faults: ReadonlyMap<Fault, number>;
  /** Microseconds between two faults that someone or something brings about, on average. */
  readonly faultEveryUs: number;
  /** How long such a fault lasts at most. */
  readonly faultLastsUs: number;
  /** Microseconds between two changes of members, on average. */
  readonly changeEveryUs: number;
  readonly network: NetworkProfile;
  readonly bounds: CoreBounds;
  /** See `ReplicaOptions`. */
  readonly compactEntries: number;
  /** A write's time on disk. */
  readonly diskUs: readonly [number, number];
  /** How long inputs may gather before a turn. */
  readonly turnDelayUs: number;
  readonly clientsPerNode: number;
  /** A client's pause between two requests, on average. */
  readonly thinkUs: number;
  readonly points: number;
  /** Founders whose program understands only the first ledger version at first, per million. */
  readonly oldPerMillion: number;
}

/** Chances per million messages, and times in microseconds. */
export interface NetworkProfile {
  readonly latencyUs: readonly [number, number];
  readonly lost: number;
  readonly doubled: number;
  readonly delayed: number;
  readonly delayUs: number;
  readonly overtaken: number;
}

/** Draws the world of a seed. */
export function drawProfile(chance: Chance): Profile {
  const faults = drawFaults(chance);
  const perMillion = (fault: Fault, most: number) => Math.floor(((faults.get(fault) ?? 0) * most) / 8);
  const electionMs = chance.pick([200, 400, 1_000]);
  const electionUs = electionMs * 1_000;
  const heartbeatMs = electionMs / chance.pick([4, 10]);
  return {
    replicas: chance.between(3, 7),
    timing: {
      tickMs: heartbeatMs / chance.pick([1, 1, 2]),
      heartbeatMs,
      electionMs,
      clockSkewMs: 2_000,
      retryMax: 5,
      retryBaseMs: 20,
      retryCapMs: 500,
    },
    faults,
    faultEveryUs: chance.pick([1, 2, 5, 10]) * electionUs,
    faultLastsUs: chance.pick([1, 4, 10]) * electionUs,
    changeEveryUs: chance.pick([1, 4, 10]) * electionUs,
    network: {
      latencyUs: chance.pick([
        [100, 400],
        [100, 5_000],
        [5_000, 20_000],
      ]),
      lost: perMillion('message lost', chance.pick([10_000, 200_000])),
      doubled: perMillion('message doubled', 100_000),
      delayed: perMillion('message delayed', 50_000),
      delayUs: chance.pick([1, 3]) * electionUs,
      overtaken: perMillion('message overtaken', 200_000),
    },
    bounds: { messageBytesMax: chance.pick([1, 400, 256 * 1024]) },
    compactEntries: chance.pick([10, 60, 10_000]),
    diskUs: chance.pick([
      [50, 400],
      [500, 5_000],
      [100, 40_000],
    ]),
    turnDelayUs: chance.pick([0, 0, 500]),
    clientsPerNode: chance.between(1, 3),
    thinkUs: chance.pick([30_000, 100_000, 300_000]),
    points: chance.between(3, 10),
    oldPerMillion: chance.pick([0, 0, 200_000, 1_000_000]),
  };
}

/** Each kind with a chance of its own, which differs from seed to seed: some worlds have few, some nearly all. */
function drawFaults(chance: Chance): ReadonlyMap<Fault, number> {
  const share = chance.pick([200_000, 500_000, 800_000]);
  const faults = new Map<Fault, number>();
  for (const fault of FAULTS) if (chance.hits(share)) faults.set(fault, chance.between(1, 8));
  return faults;
}
