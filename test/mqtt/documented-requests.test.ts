import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replyFields } from '../../src/mqtt/documented-replies.js';
import {
  REQUEST_BYTES_MAX,
  type Reading,
  readRequest,
  replyTopicOf,
} from '../../src/mqtt/documented-requests.js';
import { readReplyMarks } from '../../src/mqtt/reply-marks.js';

const POINTS = 'veiculos/solicitacao';
const RESERVATION = 'empresa/1/reserva';

function read(topic: string, payload: unknown): Reading {
  return readRequest(topic, Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)));
}

const VALID_POINTS = { veiculo_id: 'v1', bateria: 50, local: ' Salvador ', destino: 'Valente' };
const VALID_RESERVATION = { ponto_id: '2', empresa_id: '1', acao: 'reservar', origem: 'v1' };

test('valid requests are read', () => {
  expect(read(POINTS, VALID_POINTS)).toEqual({
    kind: 'request',
    request: { address: { kind: 'points', vehicle: 'v1' }, id: undefined, from: 'Salvador', to: 'Valente' },
  });
  expect(read(RESERVATION, { ...VALID_RESERVATION, id: 7 })).toEqual({
    kind: 'request',
    request: {
      address: { kind: 'reservation', origin: 'v1', pointId: '2', company: '1' },
      id: '7',
      action: 'reservar',
      companyInTopic: '1',
    },
  });
});

describe('no reply topic can be made of', () => {
  test.each([
    ['an empty payload', ''],
    ['no JSON', '{veiculo_id:v1}'],
    ['two values', '{}{}'],
    ['a byte order mark', `\uFEFF${JSON.stringify(VALID_POINTS)}`],
    ['an array', [VALID_POINTS]],
    ['null', 'null'],
    ['a text', '"v1"'],
    ['no vehicle', { ...VALID_POINTS, veiculo_id: undefined }],
    ['a vehicle with a separator', { ...VALID_POINTS, veiculo_id: 'a/b' }],
    ['a vehicle with a wildcard', { ...VALID_POINTS, veiculo_id: '+' }],
    ['a vehicle that is too long', { ...VALID_POINTS, veiculo_id: 'v'.repeat(65) }],
    ['a vehicle that ends in a line break', { ...VALID_POINTS, veiculo_id: 'v1\n' }],
    ['a fraction as vehicle', { ...VALID_POINTS, veiculo_id: 1.5 }],
    [
      'a vehicle only in the prototype',
      '{"__proto__":{"veiculo_id":"v1","bateria":1,"local":"a","destino":"b"}}',
    ],
    ['too much', { ...VALID_POINTS, more: 'x'.repeat(REQUEST_BYTES_MAX) }],
    ['too deep a nesting', '['.repeat(REQUEST_BYTES_MAX - 1)],
  ])('%s', (_name, payload) => {
    expect(read(POINTS, payload).kind).toBe('unanswerable');
  });

  test('bytes that are not UTF-8', () => {
    const payload = Buffer.from(JSON.stringify(VALID_POINTS).replace('Valente', 'Val\u00e9'), 'latin1');
    expect(readRequest(POINTS, payload).kind).toBe('unanswerable');
  });

  test('a topic that is too long', () => {
    expect(read(`empresa/${'x'.repeat(300)}/reserva`, VALID_RESERVATION).kind).toBe('unanswerable');
  });
});

test('a company that cannot be one is told, in the topic too', () => {
  for (const topic of ['empresa//reserva', 'empresa/a b/reserva', 'empresa/ç/reserva']) {
    expect(read(topic, VALID_RESERVATION)).toMatchObject({
      kind: 'invalid',
      fault: 'o tópico não nomeia uma empresa',
    });
  }
});

test('a later field of the same name counts, as in every JSON reader of this platform', () => {
  expect(
    read(POINTS, '{"veiculo_id":"v1","veiculo_id":"v2","bateria":1,"local":"a","destino":"b"}'),
  ).toMatchObject({
    request: { address: { vehicle: 'v2' } },
  });
});

const TOPIC = fc.oneof(
  fc.constant(POINTS),
  fc.constant(RESERVATION),
  fc.string({ unit: 'binary', maxLength: 80 }).map((nome) => `empresa/${nome}/reserva`),
);

const FIELD = fc.constantFrom(
  ...[
    'veiculo_id',
    'bateria',
    'local',
    'destino',
    'ponto_id',
    'empresa_id',
    'acao',
    'origem',
    'id',
    '__proto__',
  ],
);

/** Valid payloads with some fields replaced by anything, and anything at all. */
const PAYLOAD = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .tuple(
      fc.constantFrom(VALID_POINTS, VALID_RESERVATION),
      fc.dictionary(FIELD, fc.jsonValue(), { maxKeys: 4 }),
    )
    .map(([valid, wrong]) => Buffer.from(JSON.stringify({ ...valid, ...wrong }))),
);

test('no topic and payload make it throw, and what is answerable has a safe reply topic', () => {
  fc.assert(
    fc.property(TOPIC, PAYLOAD, (topic, payload) => {
      const reading = readRequest(topic, payload);
      if (reading.kind === 'unanswerable') return;
      const address = reading.kind === 'request' ? reading.request.address : reading.address;
      expect(replyTopicOf(address)).toMatch(
        /^(?:veiculos\/resposta\/[\w.-]{1,64}|empresa\/[\w.-]{1,64}\/resposta\/[\w.-]{1,64})$/,
      );
    }),
    { numRuns: 500 },
  );
});

test('no reply makes the reader of its marks throw, and none pollutes a prototype', () => {
  fc.assert(fc.property(PAYLOAD, (payload) => void readReplyMarks(payload)));
  readReplyMarks(
    Buffer.from('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  );

  expect('polluted' in {}).toBe(false);
});

test('the marks of a reply are read back', () => {
  const fields = replyFields({ kind: 'points', vehicle: 'v1' }, { kind: 'points', pointIds: ['1'] }, {});
  const text = JSON.stringify({ ...fields, pedido: 'abc', no: 'empresa_a/1' });

  expect(readReplyMarks(Buffer.from(text))).toEqual({ request: 'abc', node: 'empresa_a/1' });
  expect(readReplyMarks(Buffer.from('{"pedido":1,"no":null}'))).toEqual({
    request: undefined,
    node: undefined,
  });
});
