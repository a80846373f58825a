/**
 * When a peer's process counts as gone: it broke off without a word, and nobody listens where it was. Nothing else is a
 * hint, and least of all what a living leader may do.
 */
import { once } from 'node:events';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { ReplicaId } from '../../src/raft/entry.js';
import { isNobodyThere } from '../../src/transport/gone.js';
import { PeerChannel } from '../../src/transport/peer-channel.js';
import { LINK_TIMEOUTS, type LinkTimeouts } from '../../src/transport/timeouts.js';
import { eventually } from '../support/eventually.js';
import { A, B, Node } from './node.js';
import { TcpRelay } from './tcp-relay.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('looking whether nobody is there', () => {
  const never = new AbortController().signal;

  async function listen(onConnection: (socket: Socket, server: Server) => void): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      sockets.add(socket);
      onConnection(socket, server);
    });
    const sockets = new Set<Socket>();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    cleanups.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('a port that refuses has nobody behind it', async () => {
    const relay = await TcpRelay.open();
    const { address } = relay;
    await relay.close();
    expect(await isNobodyThere(address, never)).toBe(true);
    // Of a name every address must refuse.
    const port = address.slice(address.lastIndexOf(':'));
    expect(await isNobodyThere(`localhost${port}`, never)).toBe(true);
    expect(await isNobodyThere(`[127.0.0.1]${port}`, never)).toBe(true);
  });

  test('a name that leads nowhere says nothing', async () => {
    expect(await isNobodyThere('no-such-host.invalid:1', never)).toBe(false);
  });

  test('who answers, who is silent and who breaks off every connection is there', async () => {
    const answers = await listen((socket) => socket.write('x'));
    const silent = await listen(() => {});
    let broken = 0;
    const breaksOff = await listen((socket) => {
      broken += 1;
      socket.resetAndDestroy();
    });
    expect(await isNobodyThere(answers, never)).toBe(false);
    expect(await isNobodyThere(silent, never)).toBe(false);
    expect(await isNobodyThere(breaksOff, never)).toBe(false);
    expect(broken).toBe(5);
  });

  test('a process that still takes connections while it dies is found out', async () => {
    const dying = await listen((socket, server) => {
      server.close();
      socket.resetAndDestroy();
    });
    expect(await isNobodyThere(dying, never)).toBe(true);
  });

  test('it ends at once when it is told to', async () => {
    const looking = new AbortController();
    let taken = 0;
    const silent = await listen(() => {
      taken += 1;
    });
    const outcome = isNobodyThere(silent, looking.signal);
    await eventually(() => taken === 1);
    looking.abort();
    expect(await outcome).toBe(false);
    expect(await isNobodyThere(silent, looking.signal)).toBe(false);
    expect(taken).toBe(1);
  });
});

describe('a peer whose process', () => {
  /** A, which dials B through a relay and follows whatever it hears of it. */
  async function rig(timeouts: Partial<LinkTimeouts> = {}) {
    const way = await TcpRelay.open();
    const b = await new Node(B, 'empresa_b').listen();
    way.leadTo(b.port);
    const a = new Node(A, 'empresa_a', { peers: [{ company: 'empresa_b', address: way.address }], timeouts });
    cleanups.push(() => Promise.all([a.stop(), b.stop(), way.close()]));
    const gone: ReplicaId[] = [];
    a.transport.onGone((peer) => gone.push(peer));
    a.transport.start();
    const link = () => a.transport.links()[0]!;
    await eventually(() => link().state === 'up');
    return { a, b, way, gone, link };
  }

  const isRefused = ({ problem }: { readonly problem: string }) => problem.includes('ECONNREFUSED');

  test.each(['FIN', 'RST'] as const)('was killed is told once as gone (its kernel sent a %s)', async (by) => {
    const { a, way, gone, link } = await rig();
    a.transport.send(a.batch(B, 1));
    way.kill({ by });
    await eventually(() => gone.length > 0);
    await eventually(() => isRefused(link()));
    a.transport.identityChanged();
    await eventually(() => isRefused(link()));
    expect(gone).toEqual([B]);
  });

  test('shut down in order is not told', async () => {
    const { b, way, gone, link } = await rig();
    way.stopListening();
    await b.stop();
    await eventually(() => isRefused(link()));
    expect(gone).toEqual([]);
  });

  test('lives behind a connection that broke is not told', async () => {
    const { way, gone, link } = await rig();
    const before = way.accepted;
    way.cut();
    await eventually(() => way.accepted >= before + 10);
    expect(gone).toEqual([]);
    way.heal();
    await eventually(() => link().state === 'up');
    expect(gone).toEqual([]);
  });

  test.each([
    ['no ping is answered', { keepaliveMs: 50, keepaliveAnswerMs: 50 }, /Connection dropped|ECONNREFUSED/],
    ['no batch is acknowledged', { acknowledgeMs: 100 }, /^silent|ECONNREFUSED/],
  ])('is silent is not told, though nobody listens there: %s', async (_, timeouts, problem) => {
    const { a, way, gone, link } = await rig(timeouts);
    way.mute();
    way.stopListening();
    a.transport.send(a.batch(B, 1));
    await eventually(() => problem.test(link().problem));
    await eventually(() => isRefused(link()));
    expect(gone).toEqual([]);
  });

  test('is left by this side is not told', async () => {
    const { a, way, gone } = await rig();
    way.stopListening();
    await a.transport.close();
    expect(gone).toEqual([]);
  });

  test('never let this side in is not told', async () => {
    const { a, b, way, gone, link } = await rig();
    b.identity = { ...b.identity, cluster: '' };
    way.cut();
    way.heal();
    a.transport.identityChanged();
    await eventually(() => link().problem.startsWith('peer-without-cluster'));
    way.kill({ by: 'RST' });
    await eventually(() => isRefused(link()));
    expect(gone).toEqual([]);
  });
});

describe('a peer channel', () => {
  /** An HTTP/2 server that lets every stream in, and one stream on it. */
  async function stream() {
    const sessions: ServerHttp2Session[] = [];
    const sockets: Socket[] = [];
    const server = createHttp2Server();
    server.on('connection', (socket: Socket) => sockets.push(socket));
    server.on('session', (session) => {
      session.on('error', () => {});
      sessions.push(session);
    });
    server.on('stream', (opened) => {
      opened.on('error', () => {});
      opened.respond({ ':status': 200, 'content-type': 'application/grpc' });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const channel = new PeerChannel(`127.0.0.1:${(server.address() as AddressInfo).port}`, LINK_TIMEOUTS);
    const call = channel.exchange();
    let ended = false;
    call.on('error', () => {
      ended = true;
    });
    cleanups.push(() => {
      channel.close();
      server.close();
    });
    await once(call, 'metadata');
    return { channel, session: sessions[0]!, socket: sockets[0]!, hasEnded: () => ended };
  }

  test('is broken off when the other side ends the connection without a word', async () => {
    const { channel, socket, hasEnded } = await stream();
    expect(channel.brokenOff).toBe(false);
    socket.destroy();
    await eventually(hasEnded);
    expect(channel.brokenOff).toBe(true);
  });

  test('is not when that was announced (GOAWAY)', async () => {
    const { channel, session, socket, hasEnded } = await stream();
    let seen = false;
    session.goaway();
    // What was sent before has arrived once a ping is back.
    session.ping(() => {
      seen = true;
    });
    await eventually(() => seen);
    socket.destroy();
    await eventually(hasEnded);
    expect(channel.brokenOff).toBe(false);
  });
});
