/** What malha is held against, as ratios within one run. */

const BUSY = [64, 256];
/** `[door, times etcd's committed/s]` */
const TIMES_ETCD = [
  ['malha-rest', 3],
  ['malha-unary', 2.5],
  ['malha-stream', 5],
];
const TIMES_STANDBY = 1.25;
const OF_P99 = 1 / 3;
const OF_P50 = 0.6;
const OF_CPU = 0.25;
const TIMES_READS = 2;
const OF_OUTAGE = { killed: 0.25, stopped: 1, 'cut off': 1 };

/**
 * `of(system, clients)`: the point of a curve, `read(system)`, `outage(system, fault)`: each undefined where it was not
 * measured. `label` names the build. Yields `{what, ratio, target, isMost, met}`.
 */
export function* targets({ of, read, outage }, label = '') {
  for (const clients of BUSY) {
    const etcd = of('etcd', clients);
    const standby = of('postgres-standby', clients);
    for (const [door, times] of TIMES_ETCD) {
      const own = of(`${door}${label}`, clients);
      const at = `${door}${label}, ${clients} clients`;
      yield* atLeast(`committed/s of etcd: ${at}`, own?.committedPerS, etcd?.committedPerS, times);
      yield* atMost(`p99 of etcd: ${at}`, own?.p99Ms, etcd?.p99Ms, OF_P99);
      yield* atMost(`CPU an operation of etcd: ${at}`, own?.cpuSPerThousand, etcd?.cpuSPerThousand, OF_CPU);
    }
    const stream = `malha-stream${label}`;
    yield* atLeast(
      `committed/s of PostgreSQL with a standby: ${stream}, ${clients} clients`,
      of(stream, clients)?.committedPerS,
      standby?.committedPerS,
      TIMES_STANDBY,
    );
  }
  for (const [door] of TIMES_ETCD) {
    const own = of(`${door}${label}`, 1);
    yield* atMost(`p50 of etcd: ${door}${label}, 1 client`, own?.p50Ms, of('etcd', 1)?.p50Ms, OF_P50);
  }
  for (const door of ['malha-unary', 'malha-stream']) {
    const own = read(`${door}${label}`)?.committedPerS;
    yield* atLeast(`reads/s of etcd: ${door}${label}`, own, read('etcd')?.committedPerS, TIMES_READS);
  }
  for (const [fault, most] of Object.entries(OF_OUTAGE)) {
    const own = outage(`malha-unary${label}`, fault)?.medianMs;
    yield* atMost(
      `time to the next write of etcd, leader ${fault}${label}`,
      own,
      outage('etcd', fault)?.medianMs,
      most,
    );
  }
}

function* atLeast(what, own, other, target) {
  if (!(own >= 0 && other > 0)) return;
  yield { what, ratio: own / other, target, isMost: false, met: own / other >= target };
}

function* atMost(what, own, other, target) {
  if (!(own >= 0 && other > 0)) return;
  yield { what, ratio: own / other, target, isMost: true, met: own / other <= target };
}
