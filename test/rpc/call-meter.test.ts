import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PointServiceService } from '../../src/gen/malha/mesh/v1/point.js';
import { ReservationServiceService } from '../../src/gen/malha/mesh/v1/reservation.js';
import { SILENT } from '../../src/observe/logger.js';
import type { EndedCall } from '../../src/rpc/call-meter.js';
import { clientServices } from '../../src/rpc/client-services.js';
import { GrpcServer } from '../../src/rpc/grpc-server.js';
import { eventually } from '../support/eventually.js';
import { Caller, HeldMesh, HOUR_MS, raisedBahia, wanted } from './rpc-fixture.js';

let mesh: HeldMesh;
let server: GrpcServer;
let caller: Caller;
let ended: EndedCall[];
beforeEach(async () => {
  mesh = new HeldMesh(await raisedBahia(), 'empresa_a');
  ended = [];
  const services = clientServices({
    ...{ mesh, company: 'empresa_a', logger: SILENT, requestTimeoutMs: 5_000, legacyWindowMinutes: 240 },
    random: (count) => new Uint8Array(count),
    reflection: false,
  });
  const unmetered = services.map((service) =>
    service.definition === services[1]!.definition ? { ...service, unmetered: true as const } : service,
  );
  server = await GrpcServer.listen({
    ...{ address: '127.0.0.1:0', services: unmetered, logger: SILENT },
    ended: (call) => ended.push(call),
  });
  caller = new Caller(server.address);
});
afterEach(async () => {
  mesh.held = false;
  mesh.letGo();
  caller.client.close();
  await server.close(0);
});

const { getReservation, reserve, pipeline } = ReservationServiceService;
const SERVICE = '/malha.mesh.v1.ReservationService';

function told(): readonly string[] {
  return ended.map(({ path, code }) => `${path} ${code}`);
}

describe('calls that ended', () => {
  it('are told once each with their method and status, answered or not', async () => {
    const stops = [wanted('1', mesh.lone.nowMs + HOUR_MS)];
    await caller.call(reserve, { requestKey: 'k1', holder: 'car', stops });
    expect((await caller.refused(getReservation, { reservationId: 'r999' })).code).toBe(status.NOT_FOUND);
    expect(told()).toEqual([`${SERVICE}/Reserve OK`, `${SERVICE}/GetReservation NOT_FOUND`]);
    for (const { seconds } of ended) expect(seconds).toBeGreaterThan(0);
  });

  it('are told as cancelled when the caller gives up, or its time is over', async () => {
    mesh.held = true;
    const late = { requestKey: 'k1', holder: 'car', stops: [wanted('1', mesh.lone.nowMs + HOUR_MS)] };
    const { code } = await caller.refused(reserve, late, { timeoutMs: 200 });
    expect(code).toBe(status.DEADLINE_EXCEEDED);
    await eventually(() => ended.length > 0);
    expect(told()).toEqual([`${SERVICE}/Reserve CANCELLED`]);
    // What the mesh says afterwards is told to nobody.
    mesh.letGo();
    await eventually(() => mesh.waiting.length === 0);
    expect(ended.length).toBe(1);
  });

  it('of a stream are told when that ends', async () => {
    const stream = caller.client.makeBidiStreamRequest(
      pipeline.path,
      pipeline.requestSerialize,
      pipeline.responseDeserialize,
    );
    stream.on('data', () => {});
    const over = new Promise((resolve) => stream.on('status', resolve));
    stream.end();
    await over;
    await eventually(() => ended.length > 0);
    expect(told()).toEqual([`${SERVICE}/Pipeline OK`]);
  });

  it('of a service that is left out are not told', async () => {
    await caller.call(PointServiceService.listPoints, {});
    await caller.refused(getReservation, { reservationId: 'r999' });
    expect(told()).toEqual([`${SERVICE}/GetReservation NOT_FOUND`]);
  });
});
