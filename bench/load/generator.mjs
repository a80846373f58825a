/**
 * The process that makes the load. Its parent sends it one job at a time and gets the figures; it ends with its parent.
 *
 *   { kind: 'load', driver, targets, clients, operation: 'write' | 'read', warmMs, measureMs, … }
 *   { kind: 'outage', … }: see outage.mjs
 */
import { closedLoop, readers, writers } from './closed-loop.mjs';
import { outage } from './outage.mjs';
import { COMMITTED, FAILED, REFUSED } from './outcome.mjs';
import { Trips } from './trips.mjs';

const DRIVERS = new Set(['malha-rest', 'malha-unary', 'malha-stream', 'etcd', 'postgres']);
const KINDS = { load, outage };

process.on('disconnect', () => process.exit(0));
process.on('message', async (job) => {
  try {
    process.send({ kind: 'done', figures: await KINDS[job.kind](job) });
  } catch (error) {
    process.send({ kind: 'failed', why: error.stack });
  }
});

let runs = 0;

async function load(job) {
  const connected = await (await driver(job.driver)).open(job);
  const clients = Array.from({ length: job.clients }, (_, k) => connected.client(k));
  runs += 1;
  const run = `${process.pid.toString(36)}${runs.toString(36)}`;
  const loops =
    job.operation === 'read'
      ? readers(clients)
      : writers(
          clients,
          clients.map((_, k) => new Trips(run, k)),
        );
  let usage = process.cpuUsage();
  const onMeasure = (moment) => {
    usage = process.cpuUsage(moment === 'begin' ? undefined : usage);
    process.send({ kind: moment });
  };
  const { outcomes, seconds, latencyMs } = await closedLoop(loops, { ...job, onMeasure });
  connected.close();
  return {
    seconds,
    committed: outcomes[COMMITTED],
    refused: outcomes[REFUSED],
    failed: outcomes[FAILED],
    latencyMs,
    generatorCpuS: (usage.user + usage.system) / 1e6,
  };
}

async function driver(name) {
  if (!DRIVERS.has(name)) throw new Error(`no such driver: ${name}`);
  return import(new URL(`drivers/${name}.mjs`, import.meta.url).href);
}
