/**
 * gRPC at real nodes: what one was asked, the others know, also when it is gone.
 */
import { type Client, status } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { afterEach, describe, expect, it } from 'vitest';
import { CompanyServiceService as C } from '../../src/gen/malha/mesh/v1/company.js';
import { PointServiceService as P } from '../../src/gen/malha/mesh/v1/point.js';
import { ReservationServiceService as S } from '../../src/gen/malha/mesh/v1/reservation.js';
import { eventually } from '../support/eventually.js';
import { type NodeProcess, ProcessMesh } from '../support/node-process.js';
import { Caller, HOUR_MS, wanted } from './rpc-fixture.js';

describe('gRPC at three real nodes', () => {
  let mesh: ProcessMesh | null = null;
  const callers: Caller[] = [];
  afterEach(async () => {
    for (const { client } of callers.splice(0)) client.close();
    await mesh?.stop();
    mesh = null;
  });

  function caller({ ports }: NodeProcess): Caller {
    const made = new Caller(`127.0.0.1:${ports.grpc}`);
    callers.push(made);
    return made;
  }

  it('reserves once under a key, whichever node is asked, and when the one that was asked first is gone', {
    timeout: 60_000,
  }, async () => {
    mesh = await ProcessMesh.start(3);
    await mesh.registered();
    const [a, b, c] = mesh.nodes.map(caller) as [Caller, Caller, Caller];
    await eventually(async () => (await a.call(P.listPoints, {})).points.length === 14);
    const startMs = Math.ceil(Date.now() / HOUR_MS + 1) * HOUR_MS;
    // A company of each node: its first point, its second, its third.
    const stops = [wanted('1', startMs), wanted('3', startMs), wanted('5', startMs)];
    const request = { holder: 'car-1', requestKey: 'trip-1', stops };
    const first = await a.call(S.reserve, request);
    expect(await b.call(S.reserve, request)).toEqual(first);
    const taken = await c.refused(S.reserve, { holder: 'car-2', stops: [stops[1]!] });
    expect(taken).toMatchObject({
      code: status.FAILED_PRECONDITION,
      status: { reason: 'STOPS_UNAVAILABLE' },
    });

    await mesh.nodes[0]!.end('SIGKILL');
    // Whoever led, somebody does again in a moment.
    await eventually(async () => expect(await c.call(S.reserve, request)).toEqual(first));
    const { reservation } = await b.call(S.getReservation, { reservationId: first.reservationId });
    expect(reservation!.stops).toHaveLength(3);
    await eventually(async () => (await mesh!.nodes[1]!.status()).ledgerVersion === 2);
    const { policy } = await b.call(C.getPolicy, { company: 'empresa_b' });
    await b.call(C.setPolicy, { company: 'empresa_b', policy: policy! });
    const foreign = await c.refused(C.setPolicy, { company: 'empresa_b', policy: policy! });
    expect(foreign.status?.reason).toBe('NOT_OWNER');
  });

  it('says by health that a node serves, and ends calls that go on when it ends', {
    timeout: 60_000,
  }, async () => {
    mesh = await ProcessMesh.start(1);
    await mesh.registered();
    const [node] = mesh.nodes as [NodeProcess];
    const { client } = caller(node);
    await eventually(async () => (await health(client)) === 'SERVING');

    const pipeline = client.makeBidiStreamRequest(
      S.pipeline.path,
      S.pipeline.requestSerialize,
      S.pipeline.responseDeserialize,
    );
    let ended: number | null = null;
    pipeline.on('error', (error: { code: number }) => {
      ended = error.code;
    });
    pipeline.resume();
    await new Promise((resolve) => pipeline.once('metadata', resolve));
    expect(await node.end('SIGTERM')).toBe(0);
    await eventually(() => ended !== null);
    expect(ended).toBe(status.UNAVAILABLE);
  });

  it('says by health that a node does not serve while it hears no leader', { timeout: 60_000 }, async () => {
    mesh = await ProcessMesh.start(2);
    await mesh.registered();
    const [node, other] = mesh.nodes as [NodeProcess, NodeProcess];
    const { client } = caller(node);
    await eventually(async () => (await health(client)) === 'SERVING');
    await other.end('SIGKILL');
    await eventually(async () => (await health(client)) === 'NOT_SERVING');
    other.start();
    await eventually(async () => (await health(client)) === 'SERVING');
  });
});

/** What a node says of its reservations. */
function health(client: Client): Promise<unknown> {
  const { path, requestSerialize, responseDeserialize } = healthService.Check!;
  const service = 'malha.mesh.v1.ReservationService';
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service }, (error, answer) =>
      error === null ? resolve((answer as { status: string }).status) : reject(error),
    );
  });
}
