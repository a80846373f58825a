import { type ClientDuplexStream, type ServiceError, status } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { afterEach, describe, expect, it } from 'vitest';
import { describeFile } from '../../src/codec/reflection-messages.js';
import { DESCRIPTORS } from '../../src/gen/descriptors.js';
import { eventually } from '../support/eventually.js';
import { Rpc } from './rpc-fixture.js';

const SERVICES = [
  'malha.mesh.v1.ReservationService',
  'malha.mesh.v1.PointService',
  'malha.mesh.v1.RouteService',
  'malha.mesh.v1.CompanyService',
  'malha.mesh.v1.EventService',
];

/** A field with a length, as its bytes are. */
function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length > 127) throw new Error('too long for this test');
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}

const LIST = field(7, '');
const byFilename = (name: string): Buffer => field(3, name);
const containing = (symbol: string): Buffer => field(4, symbol);

describe('server reflection', () => {
  let rpc: Rpc;
  const calls: ClientDuplexStream<Buffer, Buffer>[] = [];

  afterEach(async () => {
    for (const call of calls.splice(0)) call.cancel();
    await rpc.close();
  });

  /** The bytes of each answer; or the code with which the stream ended. */
  async function ask(version: string, ...requests: Buffer[]): Promise<readonly Buffer[] | number> {
    const same = (bytes: Buffer): Buffer => bytes;
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const call = rpc.client.makeBidiStreamRequest(path, same, same);
    calls.push(call);
    const answers: Buffer[] = [];
    let ended: number | null = null;
    call.on('data', (answer: Buffer) => answers.push(answer));
    call.on('error', (error: ServiceError) => {
      ended = error.code;
    });
    call.on('end', () => {
      ended ??= status.OK;
    });
    for (const request of requests) call.write(request);
    call.end();
    await eventually(() => ended !== null);
    return ended === status.OK ? answers : ended!;
  }

  async function answerTo(request: Buffer, version = 'v1'): Promise<Buffer> {
    const answers = await ask(version, request);
    if (typeof answers === 'number') throw new Error(`ended with ${answers}`);
    expect(answers).toHaveLength(1);
    return answers[0]!;
  }

  it('names the services, under both names that tools ask by', async () => {
    rpc = await Rpc.open();
    for (const version of ['v1', 'v1alpha']) {
      const text = (await answerTo(LIST, version)).toString();
      for (const name of [...SERVICES, 'malha.mesh.v1.MemberService']) expect(text).toContain(name);
    }
  });

  it('describes a file by its name or by anything in it, with all that it imports', async () => {
    rpc = await Rpc.open();
    const file = 'malha/mesh/v1/reservation.proto';
    const named = await answerTo(byFilename(file));
    for (const { name, base64 } of DESCRIPTORS) {
      const isImported = /mesh\/v1\/(?:call|event|state|stop|reservation)|timestamp|duration/.test(name);
      expect(named.includes(Buffer.from(base64, 'base64')), name).toBe(isImported);
    }
    const answerOnly = (answer: Buffer, request: Buffer): string =>
      answer.subarray(request.length + 2).toString('hex');
    for (const symbol of [
      'malha.mesh.v1.ReservationService',
      'malha.mesh.v1.ReservationService.Reserve',
      'malha.mesh.v1.ReserveRequest',
      'malha.mesh.v1.ReserveRequest.stops',
      'malha.mesh.v1.PipelineRequest.request',
      'malha.mesh.v1.ActingAs',
      'malha.mesh.v1.ACTING_AS_HOLDER',
    ]) {
      const found = await answerTo(containing(symbol));
      expect(answerOnly(found, containing(symbol)), symbol).toBe(answerOnly(named, byFilename(file)));
    }
  });

  it('answers what it does not know with an error, and goes on', async () => {
    rpc = await Rpc.open();
    const answers = await ask(
      'v1',
      byFilename('x.proto'),
      containing('x.Y'),
      field(6, 'x.Y'),
      Buffer.alloc(0),
      LIST,
    );
    if (typeof answers === 'number') throw new Error(`ended with ${answers}`);
    expect(
      answers.map(
        (bytes) =>
          bytes.toString().match(/no file is named x\.proto|nothing is named x\.Y|no extensions/)?.[0],
      ),
    ).toEqual([
      'no file is named x.proto',
      'nothing is named x.Y',
      'no extensions',
      'no extensions',
      undefined,
    ]);
  });

  it('ends a stream of what are no requests', async () => {
    rpc = await Rpc.open();
    expect(await ask('v1', Buffer.from('ffffff', 'hex'))).toBe(status.INVALID_ARGUMENT);
    expect(await ask('v1', Buffer.alloc(70_000))).toBe(status.INVALID_ARGUMENT);
    await answerTo(LIST);
  });

  it('is not there in production', async () => {
    rpc = await Rpc.open({ reflection: false });
    expect(await ask('v1', LIST)).toBe(status.UNIMPLEMENTED);
    expect(await ask('v1alpha', LIST)).toBe(status.UNIMPLEMENTED);
  });

  it('has descriptors whose imports are all there, imported ones first', () => {
    const seen = new Set<string>();
    for (const { name, base64 } of DESCRIPTORS) {
      const described = describeFile(Buffer.from(base64, 'base64'));
      expect(described.name).toBe(name);
      for (const dependency of described.dependencies) expect(seen.has(dependency), dependency).toBe(true);
      seen.add(name);
    }
  });

  it('leaves it to health to say whether the services serve', async () => {
    rpc = await Rpc.open();
    const { path, requestSerialize, responseDeserialize } = healthService.Check!;
    const health = (service: string): Promise<unknown> =>
      new Promise((resolve) => {
        rpc.client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          { service },
          (error, answer) => resolve(error === null ? (answer as { status: string }).status : error.code),
        );
      });
    for (const service of SERVICES) expect(await health(service)).toBe('NOT_SERVING');
    rpc.server.serving(true);
    for (const service of ['', ...SERVICES]) expect(await health(service)).toBe('SERVING');
  });
});
