import { connect } from 'node:net';
import { type Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { afterEach, describe, expect, test } from 'vitest';
import { AddressInUse } from '../../src/doors/address-in-use.js';
import { PeerServiceClient, PeerServiceService } from '../../src/gen/malha/mesh/v1/peer.js';
import { SILENT } from '../../src/observe/logger.js';
import { GrpcServer } from '../../src/rpc/grpc-server.js';
import { eventually } from '../support/eventually.js';
import { B, Node } from './node.js';

const PEER_SERVICE = 'malha.mesh.v1.PeerService';

describe('gRPC server', () => {
  const cleanups: (() => Promise<void> | void)[] = [];

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function listen(address = '127.0.0.1:0'): Promise<GrpcServer> {
    const implementation = new Node(B, 'empresa_b').transport.service();
    const services = [{ definition: PeerServiceService, implementation }];
    const server = await GrpcServer.listen({ address, services, logger: SILENT });
    cleanups.push(() => server.close(0));
    return server;
  }

  function clientOf(server: GrpcServer): PeerServiceClient {
    const client = new PeerServiceClient(server.address, credentials.createInsecure());
    cleanups.push(() => client.close());
    return client;
  }

  /** What grpc.health.v1 says of a service, or the status code of the refusal to say. */
  function health(client: Client, name: string): Promise<unknown> {
    const { path, requestSerialize, responseDeserialize } = healthService.Check!;
    return new Promise((resolve) => {
      const done = (error: ServiceError | null, answer?: unknown) =>
        resolve(error === null ? (answer as { status: string }).status : error.code);
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service: name }, done);
    });
  }

  test('names the port that it took', async () => {
    const server = await listen();
    expect(server.port).toBeGreaterThan(0);
    expect(server.address).toBe(`127.0.0.1:${server.port}`);
  });

  test('an address in use is an error that names it', async () => {
    const { address, port } = await listen();
    const failure = await listen(address).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(AddressInUse);
    expect(failure).toMatchObject({ host: '127.0.0.1', port, message: `${address} is in use` });
  });

  test('an address that cannot be listened on is another error, which says why', async () => {
    await expect(listen('192.0.2.1:0')).rejects.toThrow(/^cannot listen on 192\.0\.2\.1:0: .*EADDRNOTAVAIL/);
  });

  test('health follows `serving`, for the server and for each service', async () => {
    const server = await listen();
    const client = clientOf(server);
    expect(await health(client, '')).toBe('NOT_SERVING');
    server.serving(true);
    expect(await health(client, '')).toBe('SERVING');
    expect(await health(client, PEER_SERVICE)).toBe('SERVING');
    server.serving(false);
    expect(await health(client, PEER_SERVICE)).toBe('NOT_SERVING');
    expect(await health(client, 'no.such.Service')).toBe(status.NOT_FOUND);
  });

  test('closes though streams are open and a connection never says anything, and frees its port', async () => {
    const server = await listen();
    const client = clientOf(server);
    let ended: status | null = null;
    const { path, requestSerialize, responseDeserialize } = healthService.Watch!;
    const watch = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {
      service: '',
    });
    const seen: unknown[] = [];
    watch.on('data', (answer) => seen.push(answer));
    watch.on('error', (error: ServiceError) => {
      ended = error.code;
    });
    await eventually(() => seen.length === 1);
    const mute = connect(server.port, '127.0.0.1');
    let muteClosed = false;
    mute.on('error', () => {});
    mute.on('close', () => {
      muteClosed = true;
    });
    mute.resume();
    await new Promise<void>((resolve) => mute.once('connect', resolve));

    await server.close(20);
    await eventually(() => ended !== null && muteClosed);
    const again = await listen(server.address);
    expect(again.port).toBe(server.port);
  });

  test('lets a call that is under way finish before it closes', async () => {
    let answer: (() => void) | null = null;
    const server = await GrpcServer.listen({
      address: '127.0.0.1:0',
      logger: SILENT,
      services: [
        {
          definition: PeerServiceService,
          implementation: {
            identify: (_: unknown, callback: (error: null, value: object) => void) => {
              answer = () => callback(null, { identity: undefined });
            },
            exchange: () => {},
          },
        },
      ],
    });
    const client = clientOf(server);
    const outcome = new Promise<status>((resolve) => {
      client.identify({ asker: undefined }, (error) => resolve(error === null ? status.OK : error.code));
    });
    await eventually(() => answer !== null);
    const closed = server.close(60_000);
    answer!();
    expect(await outcome).toBe(status.OK);
    await closed;
  });

  test('closing twice is as good as once', async () => {
    const server = await listen();
    await Promise.all([server.close(10), server.close(10)]);
  });
});
