import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PeerChannel } from '../../src/transport/peer-channel.js';
import { LINK_TIMEOUTS } from '../../src/transport/timeouts.js';
import { eventually } from '../support/eventually.js';
import { A, B, CLUSTER, Node } from './node.js';
import { TcpRelay } from './tcp-relay.js';

describe('peer channel', () => {
  const self = {
    ...{ replica: A, cluster: CLUSTER, company: 'empresa_a', peerCompanies: [] },
    ...{ founders: [], members: [], membersIndex: 0, understands: 2 },
  };
  let way: TcpRelay;
  let node: Node;

  beforeEach(async () => {
    way = await TcpRelay.open();
    node = await new Node(B, 'empresa_b').listen();
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await way.close();
    await node.stop();
  });

  test('closing gives its socket back, at whatever moment of connecting it comes', async () => {
    let asked = 0;
    for (const target of [null, node.port]) {
      way.leadTo(target);
      for (let turns = 0; turns < 12; turns += 1) {
        const channel = new PeerChannel(way.address, LINK_TIMEOUTS);
        const answer = channel.identify(self, 10_000).catch((error: unknown) => error);
        for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        channel.close();
        await answer;
        asked += 1;
      }
    }
    expect(asked).toBe(24);
    // A connect that was still on its way may arrive late: once a later one came and went, all have.
    const seen = way.accepted;
    const last = new PeerChannel(way.address, LINK_TIMEOUTS);
    expect(await last.identify(self, 10_000)).toMatchObject({ replica: B });
    expect(way.accepted).toBeGreaterThan(seen);
    last.close();
    await eventually(() => way.open === 0);
  });

  test('an HTTP proxy of the environment is not used', async () => {
    way.leadTo(node.port);
    vi.stubEnv('grpc_proxy', 'http://127.0.0.1:1');
    const channel = new PeerChannel(way.address, LINK_TIMEOUTS);
    expect(await channel.identify(self, 10_000)).toMatchObject({ replica: B });
    channel.close();
  });

  test('each channel has a connection of its own', async () => {
    way.leadTo(node.port);
    const channels = [1, 2, 3].map(() => new PeerChannel(way.address, LINK_TIMEOUTS));
    for (const channel of channels) await channel.identify(self, 10_000);
    expect(way.accepted).toBe(3);
    for (const channel of channels) channel.close();
  });
});
