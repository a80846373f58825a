/**
 * malha beside what people would use instead: the same work, on the same machine, in one run, in turns. Prints tables and
 * writes bench/results/compare-<time>.json; docs/benchmarks.md says what is measured and how.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ceilings } from './ceiling.mjs';
import { fdatasyncMs } from './disk.mjs';
import { install } from './install-peers.mjs';
import { options } from './options.mjs';
import { outages } from './outages.mjs';
import { report } from './report.mjs';
import * as syncs from './syncs.mjs';
import { systems } from './systems/registry.mjs';
import { throughput } from './throughput.mjs';

const RESULTS = fileURLToPath(new URL('results/', import.meta.url));
/** The nodes are the same behind each door; one is asked for outages. */
const OUTAGE_DRIVERS = ['etcd', 'malha-unary'];

const asked = options();
const { sections } = asked;
if (sections.size === 1 && sections.has('scale')) process.exit();
const say = (text) => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
install(asked.peers, say);
const all = systems(asked, say);
const startedAt = new Date().toISOString();

const found = { ceilings: [], rounds: [], syncs: {}, outages: {} };
if (sections.has('ceiling')) {
  say('the load itself');
  found.ceilings = await ceilings(asked);
}
if (sections.has('writes') || sections.has('reads')) {
  for (let round = 1; round <= asked.rounds; round += 1) {
    const results = {};
    const diskMs = fdatasyncMs();
    for (const system of all) {
      say(`round ${round} of ${asked.rounds}: ${system.name}`);
      const result = await tried(() => throughput(system, asked));
      if (result) results[system.name] = result;
    }
    found.rounds.push({ fdatasyncMs: diskMs, results });
  }
}
if (sections.has('syncs')) await countSyncs();
if (sections.has('outages')) {
  for (const system of all.filter(({ driver }) => OUTAGE_DRIVERS.includes(driver))) {
    say(`outages: ${system.name}`);
    const result = await tried(() => outages(system, asked.outages, say));
    if (result) found.outages[system.name] = result;
  }
}

console.log(
  `${cpus().length} cores, ${asked.measureMs / 1_000} s a point, ${asked.rounds} rounds, ${startedAt}\n`,
);
const names = all.map(({ name }) => name);
const targets = report({ ...found, builds: asked.builds, systems: names, clients: asked.clients });
mkdirSync(RESULTS, { recursive: true });
const file = join(RESULTS, `compare-${startedAt.replaceAll(':', '')}.json`);
const how = { ...asked, sections: [...sections], systems: names };
writeFileSync(
  file,
  `${JSON.stringify({ startedAt, machine: machine(), how, ...found, targets }, null, 2)}\n`,
);
console.log(`all figures of all rounds: ${file}`);

/** One that fails is not measured, and makes the run fail in the end; the others go on. */
async function tried(work) {
  try {
    return await work();
  } catch (error) {
    say(error.stack);
    process.exitCode = 1;
    return null;
  }
}

async function countSyncs() {
  const why = syncs.missing();
  if (why) {
    say(`syncs are left out: ${why}`);
    return;
  }
  for (const system of all) {
    say(`syncs: ${system.name}`);
    const count = await tried(() => syncs.syncsPerOperation(system, asked));
    if (count !== null) found.syncs[system.name] = count;
  }
}

function machine() {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model,
    memoryGb: totalmem() / 2 ** 30,
    linux: release(),
    node: process.version,
    loadAverage: loadavg(),
    version: JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version,
  };
}
