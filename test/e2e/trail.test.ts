/**
 * The audit trail of real nodes: it survives everybody's end, and a node whose disk or whose trail is lost has all of it
 * again from the others.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { checkDirectory } from '../../src/cli/check/check-directory.js';
import { FIRST_HEAD, headAfter } from '../../src/ledger/audit.js';
import type { TrailRecord } from '../../src/replica/ports.js';
import { LevelTrailStore } from '../../src/storage/level-trail-store.js';
import { malha } from '../cli/malha-process.js';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { Client } from './load-client.js';

const PATIENCE = { timeoutMs: 60_000, everyMs: 50 };

let mesh: ProcessMesh;
afterEach(() => mesh.stop());

/** So many requests, one after the other. */
async function requests(count: number): Promise<void> {
  const client = new Client('car-1', mesh.nodes);
  for (let k = 0; k < count; k += 1) await client.step();
}

async function isRaised(): Promise<void> {
  await eventually(async () => {
    const versions = await Promise.all(mesh.nodes.map(async (node) => (await node.status()).ledgerVersion));
    return versions.every((version) => version === 2);
  }, PATIENCE);
}

/** All records of a node that was ended, which are one chain from the first one of the mesh on. */
async function chainOf(node: NodeProcess): Promise<readonly TrailRecord[]> {
  const trail = await LevelTrailStore.open(join(node.dataDirectory, 'trail'));
  const records = await trail.read(0, 100_000);
  expect(trail.gaps).toEqual([]);
  await trail.close();
  let head = FIRST_HEAD;
  for (const record of records) {
    expect(record.before).toBe(head);
    head = headAfter(record);
  }
  return records;
}

/** Ends all nodes, and demands that each has the whole trail: the same as the others, up to where it ended. */
async function expectWholeEverywhere(): Promise<number> {
  for (const node of mesh.nodes) await node.end('SIGTERM');
  const chains: (readonly TrailRecord[])[] = [];
  for (const node of mesh.nodes) {
    const { faults, trail } = await checkDirectory(node.dataDirectory);
    expect([faults, trail?.gaps]).toEqual([[], []]);
    chains.push(await chainOf(node));
  }
  const [longest, ...others] = chains.sort((a, b) => b.length - a.length);
  for (const chain of others) expect(chain).toEqual(longest!.slice(0, chain.length));
  return others.at(-1)!.length;
}

it('is whole again on a new disk, by records of the others that prove themselves', {
  timeout: 240_000,
}, async () => {
  mesh = await ProcessMesh.start(3, ['--compact-entries', '40']);
  await mesh.registered();
  await isRaised();
  const raised = mesh.nodes.flatMap((node) => node.logged('raising the ledger version of the mesh'));
  expect(raised).toHaveLength(1);
  await requests(60);

  const lost = mesh.others(await mesh.leader())[0]!;
  await lost.end('SIGKILL');
  await rm(lost.dataDirectory, { recursive: true });
  lost.start();
  const grpc = mesh.others(lost).map(({ ports }) => `127.0.0.1:${ports.grpc}`);
  await eventually(async () => {
    const args = ['member', 'replace', lost.company, '--node', grpc.join(',')];
    return (await malha(args, mesh.directory)).code === 0;
  }, PATIENCE);
  await lost.ready(60_000);
  await eventually(() => lost.logged('the audit trail is whole again').length > 0, PATIENCE);
  await requests(10);
  expect(await expectWholeEverywhere()).toBeGreaterThan(70);
});

it('is whole again where it was lost alone, and where all were killed', { timeout: 240_000 }, async () => {
  mesh = await ProcessMesh.start(3);
  await mesh.registered();
  await isRaised();
  await requests(20);
  for (const node of mesh.nodes) await node.end('SIGKILL');
  const without = mesh.nodes[1]!;
  await rm(join(without.dataDirectory, 'trail'), { recursive: true });
  for (const node of mesh.nodes) node.start();
  await Promise.all(mesh.nodes.map((node) => node.ready(60_000)));
  await eventually(() => without.logged('the audit trail is whole again').length > 0, PATIENCE);
  await requests(5);
  expect(await expectWholeEverywhere()).toBeGreaterThan(25);
});
