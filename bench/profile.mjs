/**
 * Where the time of a node goes while it is loaded: 64 clients write, and the leader's CPU profile of that time is summed
 * up by function and by file.
 *
 *   node bench/profile.mjs [malha-stream | malha-unary | malha-rest] [leader | follower]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LoadProcess } from './load-process.mjs';
import { measure } from './measure.mjs';
import { options } from './options.mjs';
import { Malha } from './systems/malha.mjs';
import { dropDirectory, freshDirectory } from './systems/processes.mjs';
import { figure, printTable } from './table.mjs';

const NODES = [0, 1, 2];
const CLIENTS = 64;
const SHOWN = 25;

const [driver = 'malha-stream', role = 'leader'] = process.argv.slice(2);
const { builds, measureMs, connectionsPerNode } = options();
const profiles = freshDirectory('profiles');
const flags = (k) => ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${k}`];
const running = new Malha({ root: builds[0].root, flags });
const load = new LoadProcess();
try {
  await running.start();
  const targets = running.targets(driver);
  const job = { driver, targets, connectionsPerNode, clients: CLIENTS, operation: 'write', measureMs };
  await measure(load, job, running.children());
  const point = await measure(load, job, running.children());
  const leader = await running.leader();
  const shown = role === 'leader' ? leader : NODES.find((k) => k !== leader);
  // The profile ends where the process does: nothing of note is done between the load and that.
  for (const child of running.children()) child.kill('SIGTERM');
  await Promise.all(running.children().map((child) => new Promise((resolve) => child.once('exit', resolve))));
  console.log(
    `${driver}, ${CLIENTS} clients: ${figure(point.committedPerS)}/s; the ${role}, % of its thread's time\n`,
  );
  print(JSON.parse(readFileSync(join(profiles, `${shown}`), 'utf8')), measureMs);
} finally {
  load.stop();
  await running.stop();
  dropDirectory(profiles);
}
process.exit();

function print(profile, lastMs) {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const fromUs = profile.endTime - lastMs * 1_000;
  const byFunction = new Map();
  const byFile = new Map();
  let atUs = profile.startTime;
  let allUs = 0;
  for (const [k, id] of profile.samples.entries()) {
    atUs += profile.timeDeltas[k];
    if (atUs < fromUs) continue;
    // What a delta tells of is the time until the next sample.
    const tookUs = profile.timeDeltas[k + 1] ?? 0;
    const { functionName, url, lineNumber } = nodes.get(id).callFrame;
    const file = url.split(/\/(?:dist|node_modules)\//).at(-1) || '(native)';
    add(byFunction, `${functionName || '(anonymous)'}  ${file}:${lineNumber + 1}`, tookUs);
    add(byFile, file, tookUs);
    allUs += tookUs;
  }
  for (const [title, sums] of [
    ['function', byFunction],
    ['file', byFile],
  ]) {
    const first = [...sums].sort((a, b) => b[1] - a[1]).slice(0, SHOWN);
    printTable(
      [title, '%'],
      first.map(([name, us]) => [name, figure((100 * us) / allUs, 1)]),
    );
  }
}

function add(sums, name, us) {
  sums.set(name, (sums.get(name) ?? 0) + us);
}
