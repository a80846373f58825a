import { afterEach, describe, expect, test } from 'vitest';
import type { Logger } from '../../src/observe/logger.js';
import { replicaId } from '../../src/raft/entry.js';
import { Failure } from '../../src/replica/failure.js';
import { BATCH_OVERHEAD_BYTES } from '../../src/transport/link-buffer.js';
import { BATCH_BYTES_MAX } from '../../src/transport/timeouts.js';
import { transportContract } from '../contracts/transport.js';
import { eventually } from '../support/eventually.js';
import { A, B, CLUSTER, Node, type NodeOptions, OTHER_CLUSTER, peerAt } from './node.js';
import { SlowPeer } from './slow-peer.js';
import { TcpRelay } from './tcp-relay.js';

transportContract('gRPC', async () => {
  const [toA, toB] = [await TcpRelay.open(), await TcpRelay.open()];
  const a = new Node(A, 'empresa_a', { peers: [{ company: 'empresa_b', address: toB.address }] });
  const b = new Node(B, 'empresa_b', { peers: [{ company: 'empresa_a', address: toA.address }] });
  await Promise.all([a.listen(), b.listen()]);
  toA.leadTo(a.port);
  toB.leadTo(b.port);
  const up = () => [a, b].every((node) => node.transport.links()[0]?.state === 'up');
  return {
    a,
    b,
    start: async () => {
      a.transport.start();
      b.transport.start();
      await eventually(up);
    },
    cut: () => {
      toA.cut();
      toB.cut();
    },
    heal: () => {
      toA.heal();
      toB.heal();
    },
    killB: () => {
      toB.kill({ by: 'RST' });
      toA.cut();
    },
    close: async () => {
      await Promise.all([a.stop(), b.stop(), toA.close(), toB.close()]);
    },
  };
});

/** A link that waits this long for its next try does not try again by itself within a test. */
const HOUR_MS = 3_600_000;

describe('gRPC transport', () => {
  const cleanups: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function listening(node: Node, address?: string): Promise<Node> {
    await node.listen(address);
    cleanups.push(() => node.stop());
    return node;
  }

  /** A node that dials B at a port, and so needs no server of its own. */
  function dialler(port: number, options: NodeOptions = {}): Node {
    const node = new Node(A, 'empresa_a', { ...options, peers: [peerAt('empresa_b', port)] });
    cleanups.push(() => node.stop());
    node.transport.start();
    return node;
  }

  async function relay(): Promise<TcpRelay> {
    const opened = await TcpRelay.open();
    cleanups.push(() => opened.close());
    return opened;
  }

  const linkOf = (node: Node) => node.transport.links()[0]!;
  const isUp = (node: Node) => eventually(() => linkOf(node).state === 'up');

  test('a link that nobody answers drops batches and says why it is down', async () => {
    const gone = await listening(new Node(B, 'empresa_b'));
    const { port } = gone;
    await gone.stop();
    const a = dialler(port);
    await eventually(() => linkOf(a).problem !== '');
    expect(a.transport.send(a.batch(B, 1))).toBe(false);
    expect(linkOf(a)).toMatchObject({ company: 'empresa_b', replica: '', pendingBytes: 0 });
    expect(linkOf(a).problem).toMatch(/^unreachable: .*ECONNREFUSED/);
  });

  test('a link comes up again when its peer restarts on the same port, and a new replica id is learned', async () => {
    const first = await listening(new Node(B, 'empresa_b'));
    const { port } = first;
    const a = dialler(port);
    await isUp(a);
    expect(linkOf(a).replica).toBe(B);
    await first.stop();
    await eventually(() => linkOf(a).state !== 'up');

    const replaced = replicaId('00000000000000b2');
    const second = await listening(new Node(replaced, 'empresa_b'), `127.0.0.1:${port}`);
    await isUp(a);
    expect(a.transport.send(a.batch(B, 1))).toBe(false);
    expect(a.transport.send(a.batch(replaced, 2))).toBe(true);
    await eventually(() => second.received.length === 1);
    expect(second.received[0]).toMatchObject({ to: replaced, wallMs: 2 });
  });

  test('a peer that takes connections and never speaks is given up, its sockets are given back, and a real one heals the link', async () => {
    const mute = await relay();
    const real = await listening(new Node(B, 'empresa_b'));
    const a = dialler(Number(mute.address.split(':')[1]), { timeouts: { connectMs: 100 } });
    await eventually(() => mute.accepted >= 4);
    expect(linkOf(a).problem).toMatch(/^silent: /);
    expect(mute.open).toBeLessThanOrEqual(1);
    mute.leadTo(real.port);
    await isUp(a);
    expect(a.transport.send(a.batch(B, 1))).toBe(true);
    await eventually(() => real.received.length === 1);
  });

  test('a real server that takes over the port of a mute one is found, though the mute one holds a socket', async () => {
    const mute = await relay();
    const port = Number(mute.address.split(':')[1]);
    const a = dialler(port, { timeouts: { connectMs: 100 } });
    await eventually(() => mute.accepted >= 1);
    mute.stopListening();
    const real = await listening(new Node(B, 'empresa_b'), `127.0.0.1:${port}`);
    await isUp(a);
    a.transport.send(a.batch(B, 1));
    await eventually(() => real.received.length === 1);
  });

  test('a peer of another cluster is not connected to (D6)', async () => {
    const b = await listening(new Node(B, 'empresa_b', { cluster: OTHER_CLUSTER }));
    const a = dialler(b.port);
    await eventually(() => linkOf(a).problem.startsWith('other-cluster'));
    expect(a.transport.send(a.batch(B, 1))).toBe(false);
    expect(linkOf(a).replica).toBe(B);
    expect(b.received).toEqual([]);
  });

  test('an address that belongs to another company, or leads back here, is not used', async () => {
    const stranger = await listening(new Node(B, 'empresa_c'));
    const a = dialler(stranger.port);
    await eventually(() => linkOf(a).problem.startsWith('other-company'));
    expect(a.transport.send(a.batch(B, 1))).toBe(false);

    const mirror = await listening(new Node(A, 'empresa_b'));
    const lost = dialler(mirror.port);
    await eventually(() => linkOf(lost).problem.startsWith('self'));
  });

  test('links open by themselves once both replicas belong to the mesh, and only then', async () => {
    const b = new Node(B, 'empresa_b', { cluster: '' });
    await listening(b);
    const a = dialler(b.port, { cluster: '' });
    await eventually(() => linkOf(a).problem.startsWith('no-cluster'));
    a.identity = { ...a.identity, cluster: CLUSTER };
    a.transport.identityChanged();
    await eventually(() => linkOf(a).problem.startsWith('peer-without-cluster'));
    expect(a.transport.send(a.batch(B, 1))).toBe(false);
    b.identity = { ...b.identity, cluster: CLUSTER };
    await isUp(a);
    a.transport.send(a.batch(B, 2));
    await eventually(() => b.received.length === 1);
    expect(b.received[0]).toMatchObject({ wallMs: 2 });
  });

  test('a peer that asks who we are and says something new wakes its link at once', async () => {
    const [toA, toB] = [await relay(), await relay()];
    const slow = { retryBaseMs: HOUR_MS, retryCapMs: HOUR_MS };
    const a = new Node(A, 'empresa_a', { ...slow, peers: [{ company: 'empresa_b', address: toB.address }] });
    const b = new Node(B, 'empresa_b', {
      peers: [{ company: 'empresa_a', address: toA.address }],
      cluster: '',
    });
    await listening(a);
    await listening(b);
    toA.leadTo(a.port);
    toB.leadTo(b.port);
    a.transport.start();
    await eventually(() => linkOf(a).problem.startsWith('peer-without-cluster'));
    b.identity = { ...b.identity, cluster: CLUSTER };
    b.transport.start();
    await isUp(a);
    await isUp(b);
  });

  test('a peer that was still starting is dialled as soon as it sends something', async () => {
    const rarely = { retryBaseMs: HOUR_MS, retryCapMs: HOUR_MS };
    const [toA, toB] = [await relay(), await relay()];
    const a = new Node(A, 'empresa_a', {
      ...rarely,
      peers: [{ company: 'empresa_b', address: toB.address }],
    });
    const b = new Node(B, 'empresa_b', {
      ...{ starting: true, peers: [{ company: 'empresa_a', address: toA.address }] },
    });
    await listening(a);
    await listening(b);
    toA.leadTo(a.port);
    toB.leadTo(b.port);
    b.transport.start();
    await isUp(b);
    a.transport.start();
    await eventually(() => linkOf(a).state === 'down');
    expect(linkOf(a).problem).toMatch(/takes no batches now/);
    b.begin();
    expect(b.transport.send(b.batch(A, 1))).toBe(true);
    await isUp(a);
  });

  test('a peer that comes back and asks who we are is dialled at once', async () => {
    const first = await listening(new Node(B, 'empresa_b'));
    const { port } = first;
    const rarely = { retryBaseMs: HOUR_MS, retryCapMs: HOUR_MS };
    const a = await listening(new Node(A, 'empresa_a', { ...rarely, peers: [peerAt('empresa_b', port)] }));
    a.transport.start();
    await isUp(a);
    await first.stop();
    await eventually(() => linkOf(a).state === 'down');
    a.transport.identityChanged();
    await eventually(() => linkOf(a).state === 'down' && linkOf(a).problem.includes('ECONNREFUSED'));
    const back = new Node(B, 'empresa_b', { peers: [peerAt('empresa_a', a.port)] });
    await listening(back, `127.0.0.1:${port}`);
    back.transport.start();
    await isUp(a);
    await isUp(back);
  });

  test('two peers whose streams both fail do not wake each other without a pause', async () => {
    let tries = 0;
    const logger: Logger = {
      debug: (fields) => {
        if ('retryInMs' in fields) tries += 1;
      },
      info() {},
      warn: () => {
        tries += 1;
      },
      error() {},
    };
    const rarely = { retryBaseMs: HOUR_MS, retryCapMs: HOUR_MS, logger };
    const [toA, toB] = [await relay(), await relay()];
    const a = new Node(A, 'empresa_a', {
      ...rarely,
      peers: [{ company: 'empresa_b', address: toB.address }],
    });
    const b = new Node(B, 'empresa_b', {
      ...rarely,
      cluster: OTHER_CLUSTER,
      peers: [{ company: 'empresa_a', address: toA.address }],
    });
    await Promise.all([listening(a), listening(b)]);
    toA.leadTo(a.port);
    toB.leadTo(b.port);
    a.transport.start();
    b.transport.start();
    const differ = (node: Node) =>
      linkOf(node).state === 'down' && /^other-cluster/.test(linkOf(node).problem);
    await eventually(() => differ(a) && differ(b));
    await a.transport.identify('empresa_b', 2_000);
    await b.transport.identify('empresa_a', 2_000);
    expect(differ(a) && differ(b)).toBe(true);
    expect(tries).toBeLessThanOrEqual(4);
  });

  test('a change that comes while a link is being tried makes the next try follow at once', async () => {
    const mute = await relay();
    const a = dialler(Number(mute.address.split(':')[1]), {
      retryBaseMs: HOUR_MS,
      retryCapMs: HOUR_MS,
      timeouts: { connectMs: 100 },
    });
    await eventually(() => mute.accepted === 1, { everyMs: 1 });
    a.transport.identityChanged();
    await eventually(() => mute.accepted === 2);
    await eventually(() => linkOf(a).state === 'down');
    expect(mute.accepted).toBe(2);
  });

  test('a link waits longer with each failure, and starts over once its peer took a batch', async () => {
    const waits: number[] = [];
    const note = (fields: object) => 'retryInMs' in fields && waits.push(fields.retryInMs as number);
    const b = await listening(new Node(B, 'empresa_b'));
    const { port } = b;
    await b.stop();
    const a = dialler(port, { logger: { debug: note, info: note, warn: note, error: note } });
    await eventually(() => waits.length >= 4);
    expect(waits.slice(0, 4)).toEqual([3.75, 7.5, 15, 30]);
    const back = await listening(new Node(B, 'empresa_b'), `127.0.0.1:${port}`);
    await isUp(a);
    a.transport.send(a.batch(B, 1));
    await eventually(() => linkOf(a).pendingBytes === 0);
    const before = waits.length;
    await back.stop();
    await eventually(() => waits.length > before);
    expect(waits[before]).toBe(3.75);
  });

  test('who answers Identify may be empty, and names what it knows', async () => {
    const b = new Node(B, 'empresa_b', { cluster: '' });
    b.identity = { ...b.identity, peerCompanies: ['empresa_a', 'empresa_b'] };
    await listening(b);
    const a = dialler(b.port, { cluster: '' });
    expect(await a.transport.identify('empresa_b', 2_000)).toEqual({
      replica: B,
      cluster: '',
      company: 'empresa_b',
      peerCompanies: ['empresa_a', 'empresa_b'],
      founders: [],
      members: [],
      membersIndex: 0,
      understands: 2,
    });
    const self = { id: B, company: 'empresa_b', address: '' };
    const members = [{ ...self, address: '127.0.0.1:1' }];
    b.identity = { ...b.identity, cluster: CLUSTER, founders: [self], members, membersIndex: 7 };
    expect(await a.transport.identify('empresa_b', 2_000)).toEqual(b.identity);
  });

  test('Identify fails as UNAVAILABLE when nobody answers, nobody speaks, or no address is known', async () => {
    const mute = await relay();
    const a = dialler(Number(mute.address.split(':')[1]));
    const asked = (company: string, timeoutMs: number) =>
      a.transport.identify(company, timeoutMs).then(
        () => null,
        (error: unknown) => error,
      );
    const failures = [await asked('empresa_b', 50), await asked('empresa_z', 50)];
    await mute.close();
    failures.push(await asked('empresa_b', 2_000));
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(Failure);
      expect(failure).toMatchObject({ code: 'UNAVAILABLE' });
    }
    expect(failures.map((failure) => (failure as Failure).message)).toEqual([
      expect.stringContaining('Deadline exceeded'),
      expect.stringContaining('no address is known for empresa_z'),
      expect.stringContaining('ECONNREFUSED'),
    ]);
  });

  test('a batch of 3 MiB passes, one that no peer would take is dropped here without harm', async () => {
    const b = await listening(new Node(B, 'empresa_b'));
    const errors: object[] = [];
    const logger: Logger = { debug() {}, info() {}, warn() {}, error: (fields) => errors.push(fields) };
    const a = dialler(b.port, { linkBufferBytesMax: 64 * 1024 * 1024, logger });
    await isUp(a);
    expect(a.transport.send(a.batch(B, 1, 3 * 1024 * 1024))).toBe(true);
    expect(a.transport.send(a.batch(B, 2, BATCH_BYTES_MAX))).toBe(false);
    expect(a.transport.send(a.batch(B, 3, BATCH_BYTES_MAX - 100))).toBe(true);
    await eventually(() => b.received.length === 2);
    expect(b.received.map(({ wallMs }) => wallMs)).toEqual([1, 3]);
    const sizes = b.received.map(({ frames: [frame] }) => frame?.kind === 'proposal' && frame.command.length);
    expect(sizes).toEqual([3 * 1024 * 1024, BATCH_BYTES_MAX - 100]);
    expect(errors).toHaveLength(1);
  });

  test('a peer that reads slowly holds no more than the bound, and gets in order all that was taken', async () => {
    const bytesMax = 1024 * 1024;
    const batchBytes = 16 * 1024;
    const slow = await SlowPeer.listen(B, 'empresa_b', CLUSTER);
    cleanups.push(() => slow.close());
    const a = dialler(slow.port, { linkBufferBytesMax: bytesMax });
    await isUp(a);

    const taken: number[] = [];
    const refused: number[] = [];
    for (let n = 1; n <= 1_000; n += 1) {
      (a.transport.send(a.batch(B, n, batchBytes)) ? taken : refused).push(n);
      expect(linkOf(a).pendingBytes).toBeLessThanOrEqual(bytesMax);
      if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const cost = batchBytes + BATCH_OVERHEAD_BYTES;
    expect(taken.length).toBeGreaterThan(50);
    expect(taken.length).toBeLessThanOrEqual(bytesMax / cost);
    expect(taken.length + refused.length).toBe(1_000);
    expect(linkOf(a).pendingBytes).toBeGreaterThanOrEqual(taken.length * cost);

    slow.read();
    await eventually(() => slow.received.length === taken.length);
    expect(slow.received).toEqual(taken);
    await eventually(() => linkOf(a).pendingBytes === 0);
    expect(a.transport.send(a.batch(B, 1_001))).toBe(true);
    await eventually(() => slow.received.at(-1) === 1_001);
  });

  test('a stream whose batches are never acknowledged is given up, an idle one is not', async () => {
    const slow = await SlowPeer.listen(B, 'empresa_b', CLUSTER);
    cleanups.push(() => slow.close());
    const rarely = { retryBaseMs: HOUR_MS, retryCapMs: HOUR_MS, timeouts: { acknowledgeMs: 100 } };
    const idle = dialler(slow.port, rarely);
    await isUp(idle);
    slow.read();
    idle.transport.send(idle.batch(B, 1));
    await eventually(() => slow.received.length === 1 && linkOf(idle).pendingBytes === 0);
    const a = dialler(slow.port, rarely);
    await isUp(a);
    a.transport.send(a.batch(B, 1));
    await eventually(() => linkOf(a).state === 'down');
    expect(linkOf(a).problem).toBe('silent: nothing acknowledged for 100 ms');
    expect(linkOf(idle).state).toBe('up');
    a.transport.identityChanged();
    await isUp(a);
    expect(slow.streams).toBe(3);
  });

  test.each([
    [1n, 'misunderstood: 1 batches acknowledged, 0 are on their way'],
    [2n ** 60n, `misunderstood: not from 0 to 2^53-1: ${2n ** 60n}`],
  ])('an acknowledgement of %d batches that were never sent ends the stream', async (batches, problem) => {
    const slow = await SlowPeer.listen(B, 'empresa_b', CLUSTER);
    cleanups.push(() => slow.close());
    const a = dialler(slow.port, { retryBaseMs: HOUR_MS, retryCapMs: HOUR_MS });
    await isUp(a);
    slow.acknowledge(batches);
    await eventually(() => linkOf(a).state === 'down');
    expect(linkOf(a).problem).toBe(problem);
  });

  test('a peer that answers Identify but never lets the stream in is given up', async () => {
    const slow = await SlowPeer.listen(B, 'empresa_b', CLUSTER, { letIn: false });
    cleanups.push(() => slow.close());
    const a = dialler(slow.port, { timeouts: { connectMs: 200 } });
    await eventually(() => slow.streams >= 2);
    expect(linkOf(a).problem).toBe('silent: not let in within 200 ms');
    expect(a.transport.send(a.batch(B, 1))).toBe(false);
  });

  test('the same trouble is warned about once, and again after the link was up', async () => {
    const warnings: string[] = [];
    let tries = 0;
    const logger: Logger = {
      debug: () => {
        tries += 1;
      },
      info() {},
      warn: (_, message) => warnings.push(message),
      error() {},
    };
    const b = await listening(new Node(B, 'empresa_b'));
    const { port } = b;
    await b.stop();
    const a = dialler(port, { logger });
    await eventually(() => tries >= 5);
    expect(warnings).toEqual(['peer link down']);
    const back = await listening(new Node(B, 'empresa_b'), `127.0.0.1:${port}`);
    await isUp(a);
    await back.stop();
    await eventually(() => warnings.length >= 2);
  });

  test('a closed transport sends and takes nothing, and leaves no connection', async () => {
    const way = await relay();
    const b = await listening(new Node(B, 'empresa_b'));
    way.leadTo(b.port);
    const a = dialler(Number(way.address.split(':')[1]));
    await isUp(a);
    await a.transport.close();
    expect(a.transport.send(a.batch(B, 1))).toBe(false);
    await eventually(() => way.open === 0);
    expect(linkOf(a)).toMatchObject({ state: 'down', problem: 'closed: closed here' });

    const c = dialler(b.port);
    await isUp(c);
    await b.transport.close();
    await eventually(() => linkOf(c).state !== 'up');
    expect(c.transport.send(c.batch(B, 1))).toBe(false);
  });

  test('a transport whose peers are still connecting closes at once', async () => {
    const mute = await relay();
    const a = dialler(Number(mute.address.split(':')[1]));
    await eventually(() => mute.accepted === 1);
    await a.transport.close();
    await eventually(() => mute.open === 0);
    expect(mute.accepted).toBe(1);
  });

  test('a transport whose peers wait for their next try closes at once, without another try', async () => {
    const broken = await relay();
    broken.cut();
    const a = dialler(Number(broken.address.split(':')[1]), { retryBaseMs: HOUR_MS, retryCapMs: HOUR_MS });
    await eventually(() => linkOf(a).state === 'down');
    const { accepted } = broken;
    await a.transport.close();
    expect(linkOf(a).problem).toBe('closed: closed here');
    expect(broken.accepted).toBe(accepted);
  });

  test('a company cannot be two peers', () => {
    const peers = [peerAt('empresa_b', 1), peerAt('empresa_b', 2)];
    expect(() => new Node(A, 'empresa_a', { peers })).toThrow('named twice');
  });
});
