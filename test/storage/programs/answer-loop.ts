/**
 * A mesh of one on a real disk, as a process of its own, so that a test can look at every moment of its turns.
 * Arguments: the replica directory, and how many requests it answers.
 *
 * Says `answered KEY INDEX` of each request, once the replica has answered it.
 */
import { ledgerCodec } from '../../../src/codec/ledger-codec.js';
import { SILENT } from '../../../src/observe/logger.js';
import { NOBODY, replicaId } from '../../../src/raft/entry.js';
import type { Identity } from '../../../src/replica/frame.js';
import { openReplica } from '../../../src/replica/open-replica.js';
import { LevelLogStore } from '../../../src/storage/level-log-store.js';
import { LevelStateStore } from '../../../src/storage/level-state-store.js';
import { MemoryTrailStore } from '../../../src/storage/memory-trail-store.js';
import { MemoryNetwork } from '../../../src/transport/memory-network.js';

const ME = replicaId('000000000000000a');
const TICK_MS = 5;

const [directory = '', count = '0'] = process.argv.slice(2);
const log = await LevelLogStore.open(directory, { logger: SILENT });
const config = { voters: [ME], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
await log.save({
  hardState: { term: 1, vote: NOBODY, commit: 1 },
  entries: [],
  snapshot: { index: 1, term: 1, config },
  mustSync: true,
});
const founders: Identity['founders'] = [];
const network = new MemoryNetwork();
const replica = await openReplica({
  identity: { replica: ME, cluster: 'c'.repeat(16), company: 'a', peerCompanies: ['a'], founders },
  timing: {
    ...{ tickMs: TICK_MS, heartbeatMs: TICK_MS, electionMs: 4 * TICK_MS, clockSkewMs: 1_000 },
    ...{ retryMax: 5, retryBaseMs: 10, retryCapMs: 100 },
  },
  log,
  state: await LevelStateStore.open(directory, { logger: SILENT }),
  trail: new MemoryTrailStore(),
  transport: network.transport(ME),
  snapshots: network.snapshotTransport(ME),
  trails: network.trailTransport(ME),
  codec: ledgerCodec,
  clock: { speed: 1, wallMs: () => Date.now(), monotonicMs: () => performance.now() },
  disk: { belowReserve: () => false },
  logger: SILENT,
  random: (bound) => Math.floor(Math.random() * bound),
  defer: (turn) => setImmediate(turn),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  fail: (error) => {
    throw error;
  },
});
const ticker = setInterval(() => replica.tick(), TICK_MS);
for (let k = 0; k < Number(count); k += 1) {
  const { index } = await replica.submit(
    {
      ...{
        door: 'rest',
        holder: 'car-1',
        requestKey: `key-${k}`,
        keyKind: 'client',
        traceId: '0'.repeat(32),
      },
      operation: { kind: 'release', pointIds: [`${k}`], mode: 'any' },
    },
    { timeoutMs: 30_000 },
  );
  process.stdout.write(`answered key-${k} ${index}\n`);
}
clearInterval(ticker);
await replica.close();
await log.close();
