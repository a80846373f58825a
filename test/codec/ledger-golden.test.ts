/**
 * The exact bytes of one command of each kind. They are in logs for ever: when a line of this file must change, the
 * format has changed, and old logs cannot be read any more.
 */
import { describe, expect, it } from 'vitest';
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import type { Command, Operation } from '../../src/ledger/command.js';

const ENVELOPE: Omit<Command, 'operation'> = {
  ledgerVersion: 1,
  requestKey: 'key-1',
  keyKind: 'client',
  holder: 'vehicle-1',
  door: 'legacy-rest',
  originCompany: 'empresa_a',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  notAfterMs: 1_767_225_600_000,
};

/** Fields 1 to 8, which are the same in every command below. */
const ENVELOPE_HEX =
  '080112056b65792d311801220976656869636c652d312801' +
  '3209656d70726573615f613a100af7651916cd43dd8448eb211c80319c4080d0eab6b733';

/** An operation and the field that carries it. */
const GOLDEN: readonly (readonly [Operation, string])[] = [
  [{ kind: 'register-company', name: 'HenryVolt', displayId: '1' }, 'a2010e0a0948656e7279566f6c74120131'],
  [
    {
      kind: 'register-point',
      pointId: '11',
      place: 'Itabuna',
      latitudeMicrodegrees: -14_787_600,
      longitudeMicrodegrees: -39_278_100,
      connector: 'CCS2',
      powerWatts: 50_000,
    },
    'aa01210a023131120749746162756e61189f908d0e20a7d8ba252a044343533230d08603',
  ],
  [
    {
      kind: 'register-route',
      routeId: '1',
      name: 'Rota Feira de Santana - Salvador',
      pointIds: ['1', '6', '2'],
      legMetres: [36_000, 80_500],
    },
    'b201360a01311220526f74612046656972612064652053616e74616e61202d2053616c7661646f721a01311a01361a01322206a09902f4f404',
  ],
  [
    {
      kind: 'reserve',
      stops: [
        { pointId: '1', company: '', startMs: 'now', durationMs: 14_400_000 },
        { pointId: '6', company: 'empresa_c', startMs: 1_767_229_200_000, durationMs: 1_800_000 },
      ],
      holdMs: 120_000,
    },
    'ba01290a080a01312080f4ee060a190a01361209656d70726573615f631880adc6b8b73320c0ee6d10c0a907',
  ],
  [{ kind: 'release', pointIds: ['1', '6'], mode: 'all-or-none' }, 'c201080a01310a01361001'],
  [{ kind: 'release', pointIds: ['1'], mode: 'any' }, 'c201050a01311002'],
  [{ kind: 'expire' }, 'ca0100'],
  [{ kind: 'raise-version', ledgerVersion: 2 }, 'd201020802'],
];

describe('the bytes that are kept for ever', () => {
  it.each(GOLDEN.map(([operation, hex]) => [operation.kind, operation, hex] as const))(
    'of a command to %s are these, and mean it',
    (_, operation, operationHex) => {
      const hex = ENVELOPE_HEX + operationHex;
      const command: Command = { ...ENVELOPE, operation };
      expect(Buffer.from(ledgerCodec.encodeCommand(command)).toString('hex')).toBe(hex);
      expect(ledgerCodec.decodeCommand(Buffer.from(hex, 'hex'))).toEqual(command);
    },
  );

  it('of an entry are these, and mean it', () => {
    const command: Command = {
      ...ENVELOPE,
      keyKind: 'node',
      door: 'node',
      requestKey: '',
      operation: { kind: 'expire' },
    };
    const hex =
      '08011081d0eab6b7331a3808011802220976656869636c652d3128063209656d70726573615f613a100af7651916cd43dd8448eb211c80319c4080d0eab6b733ca0100';
    const bytes = ledgerCodec.stamp(ledgerCodec.encodeCommand(command), 1_767_225_600_001);
    expect(Buffer.from(bytes).toString('hex')).toBe(hex);
    const entry = { index: 9, atMs: 1_767_225_600_001, command };
    expect(ledgerCodec.decodeEntry(Buffer.from(hex, 'hex'), 9)).toEqual(entry);
  });

  it.each([
    ['legacy-rest', 1],
    ['rest', 2],
    ['legacy-mqtt', 3],
    ['mqtt', 4],
    ['grpc', 5],
    ['node', 6],
  ] as const)('say the door %s as %i', (door, code) => {
    const bytes = ledgerCodec.encodeCommand({ ...ENVELOPE, door, operation: { kind: 'expire' } });
    // Field 5 as a varint stands right before field 6, the origin company.
    expect(Buffer.from(bytes).toString('hex')).toContain(`280${code}3209`);
  });
});
