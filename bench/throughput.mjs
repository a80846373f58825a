/** Writes and linearizable reads of one system, from an empty directory on. */
import { LoadProcess } from './load-process.mjs';
import { measure } from './measure.mjs';

const READ_CLIENTS = 64;
/** What runs for the first time is slower, caches and compilers alike: not counted, for nobody. */
const WARM = { clients: 64, measureMs: 5_000 };
/** Of what its own tool reaches. */
const DRIVEN_WELL = 0.9;

/**
 * `{writes: [point, …], leftOver, read: point | null}`. All that was taken was given back, so nothing may be left over:
 * else the operations that were counted were not those that were asked for. Only what failed may leave something.
 */
export async function throughput(system, { sections, clients, measureMs, connectionsPerNode }) {
  const running = system.make();
  const load = new LoadProcess();
  try {
    await running.start();
    const job = {
      ...{ driver: system.driver, targets: running.targets(system.driver), connectionsPerNode, measureMs },
      statements: running.statements?.(),
    };
    const warm = { ...job, ...WARM, operation: 'write', measureMs: Math.min(WARM.measureMs, measureMs) };
    await measure(load, warm, running.children());
    const writes = [];
    for (const count of sections.has('writes') ? clients : []) {
      const point = await measure(load, { ...job, operation: 'write', clients: count }, running.children());
      writes.push(running.pgbench ? await betterDriven(point, running, measureMs) : point);
    }
    const leftOver = await running.held();
    const reads = sections.has('reads') && running.reservations !== undefined;
    const failed = writes.some((point) => point.failed > 0);
    if (leftOver > 0 && !failed)
      throw new Error(`${system.name} still holds ${leftOver} trips or stops of them`);
    const reservations = reads ? await running.reservations() : [];
    const read = { ...job, operation: 'read', reservations, clients: READ_CLIENTS };
    return { writes, leftOver, read: reads ? await measure(load, read, running.children()) : null };
  } finally {
    load.stop();
    await running.stop();
  }
}

/** A peer that our load does not drive well is taken at what its own tool gets out of it. Latencies stay ours. */
async function betterDriven(point, running, measureMs) {
  const own = await running.pgbench(point.clients, measureMs / 1_000);
  const byOwnTool = point.committedPerS < DRIVEN_WELL * own;
  return {
    ...point,
    ...{ ourCommittedPerS: point.committedPerS, ownToolPerS: own, byOwnTool },
    committedPerS: byOwnTool ? own : point.committedPerS,
  };
}
