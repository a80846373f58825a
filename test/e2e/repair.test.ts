/**
 * Real nodes whose disks are damaged while the mesh is written to: each comes back by itself, under a new id, as a voter, and
 * nothing that was acknowledged is lost. Where a majority is damaged, an operator is told what to do, and it does it.
 */
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { malha } from '../cli/malha-process.js';
import { flipBit, loseCurrent, zeroSector } from '../support/damage.js';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { ask } from './client.js';
import { Client, expectAgreement } from './load-client.js';

const COMPACT_ENTRIES = 100;
const OPTIONS = ['--compact-entries', `${COMPACT_ENTRIES}`, '--request-timeout-ms', '3000'];
/** A machine of two cores that runs other things too. */
const PATIENCE = { timeoutMs: 30_000, everyMs: 50 };

let mesh: ProcessMesh;
let load: Load | null = null;

afterEach(async () => {
  await load?.stop();
  load = null;
  await mesh.stop();
});

/** Clients that never stop to reserve and cancel. */
class Load {
  private stopped = false;
  readonly clients: readonly Client[];
  private readonly flows: readonly Promise<void>[];

  constructor(nodes: readonly NodeProcess[]) {
    this.clients = [0, 1, 2, 3].map((k) => new Client(`car-${k}`, nodes));
    this.flows = this.clients.map(async (client) => {
      while (!this.stopped) await client.step();
    });
    // Whoever fails is heard of when it is stopped.
    for (const flow of this.flows) flow.catch(() => {});
  }

  get decided(): number {
    return this.clients.reduce((sum, client) => sum + client.granted + client.refused, 0);
  }

  /** Resolves after so many more decisions. */
  async goesOn(decisions: number): Promise<void> {
    const goal = this.decided + decisions;
    await eventually(() => this.decided >= goal, PATIENCE);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.flows);
  }
}

async function idOf(node: NodeProcess): Promise<string> {
  const text = await readFile(join(node.dataDirectory, 'identity.json'), 'utf8');
  return (JSON.parse(text) as { replica: string }).replica;
}

interface Peer {
  readonly replica: string;
  readonly company: string;
  readonly voter: boolean;
}

/** Resolves when every node knows of three voters, one of each company, and of nobody else. */
async function threeVoters(nodes: readonly NodeProcess[]): Promise<readonly string[]> {
  return eventually(async () => {
    const told = await Promise.all(nodes.map(async (node) => (await node.status()).peers as readonly Peer[]));
    const ids = told.map((peers) => peers.map(({ replica }) => replica).sort());
    for (const peers of told) {
      expect(peers.map(({ voter }) => voter)).toEqual([true, true, true]);
      expect(new Set(peers.map(({ company }) => company)).size).toBe(3);
    }
    for (const each of ids) expect(each).toEqual(ids[0]);
    return ids[0]!;
  }, PATIENCE);
}

async function problemsOf(node: NodeProcess): Promise<string> {
  const { status, json } = await ask(node, '/readyz');
  return status === 503 ? (json as { problems: string[] }).problems.join() : '';
}

/** Ends `node`, damages its disk, starts it again, and waits until it votes under a new id. */
async function isRepaired(node: NodeProcess, damage: (at: string) => Promise<void>): Promise<void> {
  const old = await idOf(node);
  await node.end('SIGTERM');
  await damage(node.dataDirectory);
  node.start();
  await eventually(
    () =>
      node
        .logged('this replica has taken the place of the damaged one, which is kept')
        .some((line) => line.lost === old),
    PATIENCE,
  );
  await node.ready();
  const voters = await threeVoters(mesh.nodes);
  const fresh = await idOf(node);
  expect(fresh).not.toBe(old);
  expect(voters).toContain(fresh);
  expect(voters).not.toContain(old);
  expect((await readdir(node.dataDirectory)).sort()).toEqual([
    `damaged-${old}`,
    'history',
    'identity.json',
    'log',
    'mark',
    'state',
    'trail',
  ]);
  expect(await readFile(join(node.dataDirectory, `damaged-${old}`, 'damage.txt'), 'utf8')).toMatch(
    /is damaged: /,
  );
}

async function compacted(): Promise<void> {
  await eventually(
    () => mesh.nodes.every((node) => node.logged('the log was compacted').length > 0),
    PATIENCE,
  );
}

describe('a real node with a damaged disk', () => {
  it('comes back by itself as a new voter, one node after the other, while the mesh is written to', {
    timeout: 240_000,
  }, async () => {
    mesh = await ProcessMesh.start(3, OPTIONS);
    await mesh.registered();
    load = new Load(mesh.nodes);
    await load.goesOn(2 * COMPACT_ENTRIES);
    await compacted();
    const [a, b, c] = mesh.nodes as [NodeProcess, NodeProcess, NodeProcess];

    await isRepaired(a, (at) => zeroSector(join(at, 'log')));
    await load.goesOn(50);
    await isRepaired(b, (at) => flipBit(join(at, 'state')));
    await load.goesOn(50);
    await isRepaired(c, (at) => loseCurrent(join(at, 'log')));
    await load.goesOn(50);
    // The one that leads, and with it a disk for the second time.
    await isRepaired(await mesh.leader(), (at) => rm(join(at, 'mark')));
    await load.goesOn(50);

    await load.stop();
    await expectAgreement(mesh, load.clients);
    // It is the new replica's own disk that a restart finds.
    await Promise.all(mesh.nodes.map((node) => node.end('SIGKILL')));
    for (const node of mesh.nodes) node.start();
    await Promise.all(mesh.nodes.map((node) => node.ready()));
    await expectAgreement(mesh, load.clients);
    expect(load.clients.every((client) => client.granted > 0)).toBe(true);
  });

  it('goes on where it was when it is killed in the middle of its repair', { timeout: 120_000 }, async () => {
    mesh = await ProcessMesh.start(3, OPTIONS);
    await mesh.registered();
    load = new Load(mesh.nodes);
    await load.goesOn(2 * COMPACT_ENTRIES);
    await compacted();
    const [node] = mesh.nodes as [NodeProcess, NodeProcess, NodeProcess];
    const old = await idOf(node);
    await node.end('SIGKILL');
    await rm(join(node.dataDirectory, 'mark'));
    const steps = [
      'this replica is damaged: a fresh one is to take its place',
      'a fresh replica lies in the place of the damaged one',
      'a snapshot took the place of the state',
    ];
    for (const step of steps) {
      node.start();
      await eventually(() => node.logged(step).length > 0, PATIENCE);
      await node.end('SIGKILL');
    }
    node.start();
    await node.ready();
    expect(await threeVoters(mesh.nodes)).not.toContain(old);
    await load.stop();
    await expectAgreement(mesh, load.clients);
  });

  it('alone is refused, with what is damaged and what to do', { timeout: 60_000 }, async () => {
    mesh = await ProcessMesh.start(1, OPTIONS);
    const [node] = mesh.nodes as [NodeProcess];
    await node.end('SIGTERM');
    await rm(join(node.dataDirectory, 'mark'));
    node.start();
    expect(await node.ended()).toBe(1);
    expect(node.errorLines).toHaveLength(1);
    expect(node.errorLines[0]).toMatch(/mark is damaged: .*must not vote.*malha recover --force/);
    expect(await readdir(node.dataDirectory)).not.toContain('next');
  });
});

describe('a mesh of which a majority is damaged', () => {
  it('decides nothing and says what to do; the survivor is recovered, and the others join it', {
    timeout: 180_000,
  }, async () => {
    mesh = await ProcessMesh.start(3, OPTIONS);
    await mesh.registered();
    load = new Load(mesh.nodes);
    await load.goesOn(2 * COMPACT_ENTRIES);
    await compacted();
    await load.stop();
    await mesh.agree();
    const [a, b, c] = mesh.nodes as [NodeProcess, NodeProcess, NodeProcess];
    const { cluster } = await c.status();
    await Promise.all(mesh.nodes.map((node) => node.end('SIGTERM')));
    await loseCurrent(join(a.dataDirectory, 'log'));
    await rm(join(b.dataDirectory, 'mark'));
    const beforeB = join(mesh.directory, 'b-as-it-was');
    await cp(b.dataDirectory, beforeB, { recursive: true });

    for (const node of mesh.nodes) node.start();
    for (const node of [a, b]) {
      await eventually(async () => {
        expect(await problemsOf(node)).toMatch(
          /is damaged: .*malha check DIR.*malha recover --force.* is out, .* waits: .*empresa_c: /,
        );
      }, PATIENCE);
    }
    expect(await problemsOf(c)).toContain('no leader');
    expect((await ask(c, '/reserve-points/1', { method: 'POST' })).status).toBe(503);
    // Nothing was moved.
    for (const node of [a, b]) expect(await readdir(node.dataDirectory)).toContain('next');
    await Promise.all(mesh.nodes.map((node) => node.end('SIGTERM')));

    const checked = await Promise.all(
      mesh.nodes.map(async (node) => malha(['check', '--json', node.dataDirectory], mesh.directory)),
    );
    const reports = checked.map(({ stdout }) => JSON.parse(stdout) as { usable: boolean; lastIndex: number });
    expect(reports.map(({ usable }) => usable)).toEqual([false, false, true]);
    const refused = await malha(['recover', '--force', a.dataDirectory], mesh.directory);
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('cannot be recovered')]);
    expect((await malha(['recover', c.dataDirectory], mesh.directory)).code).toBe(2);
    const recovered = await malha(['recover', '--force', '--json', c.dataDirectory], mesh.directory);
    expect(recovered.code).toBe(0);
    expect(JSON.parse(recovered.stdout)).toMatchObject({ recovered: true, lastIndex: reports[2]!.lastIndex });

    c.start();
    await c.ready();
    expect(await c.status()).toMatchObject({
      role: 'leader',
      peers: [{ company: 'empresa_c', voter: true }],
    });
    expect((await c.status()).cluster).not.toBe(cluster);
    // An old directory never joins it.
    b.start();
    await eventually(async () => {
      expect(await problemsOf(b)).toContain(
        `empresa_c belongs to mesh ${(await c.status()).cluster}, not to ${cluster}`,
      );
    }, PATIENCE);
    await b.end('SIGTERM');

    for (const node of [a, b]) {
      await rm(node.dataDirectory, { recursive: true });
      node.start();
      await eventually(async () => {
        expect(await problemsOf(node)).toContain('which does not know this replica');
      }, PATIENCE);
      for (const action of ['add', 'promote']) {
        await eventually(async () => {
          const args = ['member', action, node.company, '--node', `127.0.0.1:${c.ports.grpc}`];
          expect(await malha(args, mesh.directory)).toMatchObject({ code: 0 });
        }, PATIENCE);
      }
      await node.ready();
    }
    await threeVoters(mesh.nodes);
    await expectAgreement(mesh, load.clients);
    load = new Load(mesh.nodes);
    await load.goesOn(50);
  });
});
