/**
 * Real nodes and their directories: what is lost, swapped, shared or damaged ends the process with one line, or waits and says
 * why; the rest of the mesh goes on.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { malha } from '../cli/malha-process.js';
import { eventually } from '../support/eventually.js';
import { freePorts } from '../support/free-ports.js';
import { NodeProcess, ProcessMesh } from '../support/node-process.js';
import { ask, post } from './client.js';

const TEST = { timeout: 60_000 };
/** Beyond what `malha status` waits for a node: what it shows must not depend on it. */
const REQUEST_TIMEOUT_MS = 2_500;
const CAR = { 'Malha-Vehicle': 'car' };

let mesh: ProcessMesh;
const further: NodeProcess[] = [];

beforeEach(async () => {
  mesh = await ProcessMesh.start(3, ['--request-timeout-ms', String(REQUEST_TIMEOUT_MS)]);
  await mesh.registered();
});
afterEach(async () => {
  await Promise.all(further.splice(0).map((node) => node.end('SIGKILL')));
  await mesh.stop();
});

/** A process like `node`'s, with these flags instead of its own. */
async function startLike(node: NodeProcess, flags: Readonly<Record<string, string>>): Promise<NodeProcess> {
  const args = [...node.args];
  for (const [flag, value] of Object.entries(flags)) args[args.indexOf(`--${flag}`) + 1] = value;
  const another = new NodeProcess(flags.company ?? node.company, node.ports, args, node.dataDirectory);
  further.push(another);
  another.start();
  return another;
}

async function ownPorts(): Promise<Readonly<Record<'rest' | 'grpc' | 'mqtt', string>>> {
  const [rest, grpc, mqtt] = (await freePorts(3)).map((port) => `127.0.0.1:${port}`);
  return { rest: rest!, grpc: grpc!, mqtt: mqtt! };
}

/** It ended by itself with 1, and said why to people in one line. */
async function expectRefused(node: NodeProcess, why: RegExp): Promise<void> {
  expect(await node.ended()).toBe(1);
  expect(node.errorLines).toHaveLength(1);
  expect(node.errorLines[0]).toMatch(why);
}

/** All these nodes are ready and book through any of them. */
async function expectInService(nodes: readonly NodeProcess[]): Promise<void> {
  for (const node of nodes) {
    await node.ready();
    await eventually(async () => (await post(node, '/reserve-points/13', CAR)).status === 200);
    expect((await post(node, '/cancel-reservation/13', CAR)).status).toBe(200);
  }
}

describe('the directory of a real node', () => {
  it('that was wiped makes a new replica, which waits, says why, and decides nothing', TEST, async () => {
    const wiped = mesh.nodes[1]!;
    const others = mesh.others(wiped);
    const before = await wiped.status();
    await wiped.end('SIGKILL');
    await rm(wiped.dataDirectory, { recursive: true });
    wiped.start();

    const reason = new RegExp(`already belongs to mesh ${before.cluster}, which does not know this replica`);
    await eventually(async () => {
      const { status, json } = await ask(wiped, '/readyz');
      expect([status, json]).toEqual([503, { ready: false, problems: [expect.stringMatching(reason)] }]);
    });
    const after = await wiped.status();
    expect(after).toMatchObject({ cluster: '', term: 0, appliedIndex: 0, lastIndex: 0 });
    expect(after.replica).not.toBe(before.replica);
    expect(wiped.logged('waiting for a mesh').at(-1)).toMatchObject({ why: expect.stringMatching(reason) });

    const shown = await malha(['status', '--node', wiped.url], mesh.directory);
    expect(shown.stdout).toMatch(new RegExp(`^down: no leader \\(.*${reason.source}\\)`));
    expect(shown.stdout).toContain('follower, not ready');
    expect(shown.code).toBe(1);

    const asked = await post(wiped, '/reserve-points/1', CAR);
    expect([asked.status, asked.headers.get('Malha-Request-Key')]).toEqual([503, null]);
    expect(asked.headers.get('Retry-After')).not.toBeNull();
    expect((await ask(wiped, '/points')).status).toBe(503);
    expect((await ask(wiped, '/health')).status).toBe(200);

    await expectInService(others);
    // It has no vote: without it and one more nobody leads.
    await others[0]!.end('SIGKILL');
    await eventually(async () => (await others[1]!.status()).leader === '');
    expect((await post(others[1]!, '/reserve-points/1', CAR)).status).toBe(503);
    expect((await wiped.status()).cluster).toBe('');
    others[0]!.start();
    await expectInService(others);
    expect(await wiped.end('SIGTERM')).toBe(0);
  });

  it('is refused to another company and to a second process, and the first goes on', TEST, async () => {
    const [a, b] = mesh.nodes as [NodeProcess, NodeProcess, NodeProcess];
    await expectRefused(
      await startLike(a, { ...(await ownPorts()) }),
      new RegExp(`^malha: cannot start: .*${a.dataDirectory}.* in use`),
    );
    await expectInService(mesh.nodes);

    await b.end('SIGTERM');
    const asB = await startLike(b, { data: a.dataDirectory });
    await expectRefused(asB, /holds the replica of company empresa_a, not of empresa_b/);
    b.start();
    await expectInService(mesh.nodes);
    await mesh.agree();
  });

  it('with a damaged identity is refused with what to do, and the others go on', TEST, async () => {
    const damaged = mesh.nodes[2]!;
    const identity = join(damaged.dataDirectory, 'identity.json');
    expect(await damaged.end('SIGTERM')).toBe(0);
    await writeFile(identity, (await readFile(identity, 'utf8')).replace('empresa_c', 'empresa_x'));
    // Nor does it come up when it is started again as it is.
    for (let start = 0; start < 2; start += 1) {
      damaged.start();
      await expectRefused(damaged, /identity.json is damaged: .*must not vote.*malha member replace/);
    }
    expect((await readdir(damaged.dataDirectory)).sort()).toEqual([
      'history',
      'identity.json',
      'log',
      'mark',
      'state',
      'trail',
    ]);
    await expectInService(mesh.others(damaged));
  });
});

describe('a port of a real node', () => {
  it(
    'that is taken is named with its flag, and all that was opened before is closed again',
    TEST,
    async () => {
      const [a, b] = mesh.nodes as [NodeProcess, NodeProcess, NodeProcess];
      await b.end('SIGTERM');
      for (const flag of ['rest', 'grpc', 'mqtt'] as const) {
        const port = a.ports[flag];
        const words = `port ${port} is taken \\(127.0.0.1:${port}\\): choose another with --${flag} HOST:PORT`;
        const another = await startLike(b, { [flag]: `127.0.0.1:${port}` });
        await expectRefused(another, new RegExp(`^malha: ${words}$`));
      }
      b.start();
      await expectInService(mesh.nodes);
    },
  );
});
