/** Replicas that are damaged or lost, and get a successor. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { flipBit } from '../../support/damage.js';
import { eventually } from '../../support/eventually.js';
import type { ChaosNode } from '../chaos-node.js';
import { NoSuchFault } from '../fault.js';
import { type Doer, type Field, RECOVERY_TIMEOUT_MS } from '../field.js';
import { killOne, startAgain } from './process.js';

const REPLACED = 'this replica has taken the place of the damaged one, which is kept';

export const damage: Doer = async (field, { target }) => {
  const node = await field.take(target, { loses: true });
  try {
    const before = node.logged(REPLACED).length;
    await killOne(node);
    await flipBit(join(node.dataDirectory, 'log'));
    node.start();
    await eventually(() => node.logged(REPLACED).length > before, { timeoutMs: RECOVERY_TIMEOUT_MS }).catch(
      () => {
        throw new NoSuchFault(`${node.company} did not replace its damaged replica`);
      },
    );
    await node.ready(RECOVERY_TIMEOUT_MS);
    return `${node.company} found its log damaged, and replaced its replica`;
  } finally {
    field.give(node);
  }
};

export const wipe: Doer = async (field, { target, forMs }) => {
  const node = await field.take(target, { loses: true });
  try {
    return await replace(field, node, forMs);
  } finally {
    field.give(node);
  }
};

export const wipeAndKill: Doer = async (field, { target, forMs }) => {
  const leader = await field.take({ role: 'leader', nth: 0 });
  const node = await field.take(target, { loses: true });
  try {
    const killing = wait(forMs).then(async () => {
      await killOne(leader);
      await startAgain(leader, '');
    });
    const [done] = await Promise.all([replace(field, node, 0), killing]);
    return `${done}, while ${leader.company} was killed`;
  } finally {
    field.give(node, leader);
  }
};

/** A node with an empty directory, in the place of the replica that it had. */
async function replace(field: Field, node: ChaosNode, forMs: number): Promise<string> {
  const { replica: lost } = await node.status();
  await killOne(node);
  await rm(node.dataDirectory, { recursive: true });
  await wait(forMs);
  node.start();
  await eventually(() => runMalha(field, node, ['member', 'replace', node.company]), {
    timeoutMs: RECOVERY_TIMEOUT_MS,
    everyMs: 200,
  });
  await node.ready(RECOVERY_TIMEOUT_MS);
  const { replica } = await node.status();
  if (replica === lost) throw new NoSuchFault(`${node.company} still has the replica ${String(lost)}`);
  return `${node.company} lost its disk, and the replica ${String(replica)} took the place of ${String(lost)}`;
}

/** Runs a command against all nodes that may answer. Rejects when it fails. */
async function runMalha(field: Field, node: ChaosNode, args: readonly string[]): Promise<void> {
  const known = field.mesh.nodes.filter(({ running, paused }) => running && !paused);
  const nodes = known.map(({ ports }) => `127.0.0.1:${ports.grpc}`).join(',');
  const child = spawn(process.execPath, [...node.entry, ...args, '--node', nodes, '--timeout-ms', '20000'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH },
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`malha ${args.join(' ')}: ${said.trim()}`);
}
