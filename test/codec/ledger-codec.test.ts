import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import { Command as ProtoCommand } from '../../src/gen/malha/ledger/v1/command.js';
import { LedgerEntry as ProtoEntry } from '../../src/gen/malha/ledger/v1/entry.js';
import type { Command } from '../../src/ledger/command.js';
import { fingerprint } from '../../src/ledger/fingerprint.js';
import { operation, text, UINT32_MAX, wholeMs } from './ledger-arbitraries.js';

const command: fc.Arbitrary<Command> = fc.record({
  ledgerVersion: fc.integer({ min: 1, max: UINT32_MAX }),
  requestKey: text,
  keyKind: fc.constantFrom('client' as const, 'node' as const),
  holder: text,
  door: fc.constantFrom('legacy-rest', 'rest', 'legacy-mqtt', 'mqtt', 'grpc', 'node'),
  originCompany: text,
  traceId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  notAfterMs: wholeMs,
  operation,
});

const SIMPLE: Command = {
  ledgerVersion: 1,
  requestKey: 'k',
  keyKind: 'client',
  holder: 'h',
  door: 'rest',
  originCompany: 'empresa_a',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  notAfterMs: 1_767_225_600_000,
  operation: { kind: 'release', pointIds: ['1'], mode: 'any' },
};

const ON = { reservationId: 'r1', ifIndex: 0n };

const POINT_AND_SITE = {
  pointId: '1',
  company: '',
  startMs: 0n,
  durationMs: 60_000n,
  site: { place: 'Salvador', connector: 'CCS2', minPowerWatts: 50_000 },
};

/** The bytes of SIMPLE with other values in fields of the message, also such as the types do not allow. */
function tampered(fields: object): Uint8Array {
  const message = ProtoCommand.decode(ledgerCodec.encodeCommand(SIMPLE));
  return ProtoCommand.encode(Object.assign(message, fields)).finish();
}

describe('a command', () => {
  it('comes back from its bytes as it was, with the same fingerprint', () => {
    fc.assert(
      fc.property(command, (original) => {
        const decoded = ledgerCodec.decodeCommand(ledgerCodec.encodeCommand(original));
        expect(decoded).toEqual(original);
        expect(fingerprint(decoded.operation)).toBe(fingerprint(original.operation));
      }),
      { numRuns: 500 },
    );
  });

  it('shares no memory with the bytes that it came from', () => {
    const bytes = ledgerCodec.encodeCommand(SIMPLE);
    const decoded = ledgerCodec.decodeCommand(bytes);
    bytes.fill(0xff);
    expect(decoded).toEqual(SIMPLE);
  });

  it.each<[string, Partial<Command>]>([
    ['no ledger version', { ledgerVersion: 0 }],
    ['half a ledger version', { ledgerVersion: 1.5 }],
    ['a trace id that is too short', { traceId: 'abc' }],
    ['a trace id in capitals', { traceId: '0AF7651916CD43DD8448EB211C80319C' }],
    ['a negative notAfter', { notAfterMs: -1 }],
    ['a notAfter beyond the exact numbers', { notAfterMs: 2 ** 53 }],
    ['half a surrogate pair in its holder', { holder: 'a\ud83d' }],
    [
      'half a surrogate pair in a point id',
      { operation: { kind: 'release', pointIds: ['\udc00'], mode: 'any' } },
    ],
    ['a fractional hold', { operation: { kind: 'reserve', stops: [], holdMs: 0.5 } }],
    [
      'an absolute start at 0, which means now on the wire',
      {
        operation: {
          kind: 'reserve',
          holdMs: 0,
          stops: [{ pointId: '1', company: '', startMs: 0, durationMs: 60_000 }],
        },
      },
    ],
    [
      'a leg over 32 bits',
      { operation: { kind: 'register-route', routeId: '1', name: 'n', pointIds: [], legMetres: [2 ** 32] } },
    ],
  ])('with %s is not encoded', (_, fault) => {
    expect(() => ledgerCodec.encodeCommand({ ...SIMPLE, ...fault })).toThrow();
  });

  it.each<[string, RegExp, object]>([
    ['no ledger version', /ledger version/, { ledgerVersion: 0 }],
    ['no kind of key', /kind of key/, { keyKind: 0 }],
    ['an unknown kind of key', /kind of key/, { keyKind: 3 }],
    ['no door', /door/, { door: 0 }],
    ['an unknown door', /door/, { door: 7 }],
    ['a trace id of 15 bytes', /trace id/, { traceId: Buffer.alloc(15) }],
    ['a notAfter beyond the exact numbers', /2\^53-1/, { notAfterMs: 2n ** 53n }],
    ['no operation', /operation/, { operation: undefined }],
    [
      'a release of no mode',
      /release/,
      { operation: { $case: 'release', value: { pointIds: ['1'], mode: 0 } } },
    ],
    ['an unknown mode', /release/, { operation: { $case: 'release', value: { pointIds: ['1'], mode: 9 } } }],
    [
      'a stop that is a point and a site',
      /a point and a site/,
      { operation: { $case: 'reserve', value: { stops: [POINT_AND_SITE], holdMs: 0n, afterNoShow: 0 } } },
    ],
    [
      'a declared trip to a site',
      /where a point is wanted/,
      {
        operation: {
          $case: 'declareTrip',
          value: { stops: [{ ...POINT_AND_SITE, pointId: '' }], holdMs: 0n, afterNoShow: 1 },
        },
      },
    ],
    [
      'an operation on no reservation',
      /no reservation/,
      { operation: { $case: 'confirm', value: { on: undefined } } },
    ],
    [
      'an operation on no stop',
      /no stop/,
      { operation: { $case: 'shift', value: { on: undefined, byMs: 1n } } },
    ],
    [
      'a company that cancels',
      /it displaces/,
      { operation: { $case: 'cancel', value: { on: ON, stops: [], actingAs: 2, reason: '' } } },
    ],
    [
      'an operator who starts a stop',
      /operator/,
      { operation: { $case: 'startStop', value: { on: { reservation: ON, stop: 0 }, actingAs: 3 } } },
    ],
    [
      'a changed stop that is nothing',
      /neither kept nor new/,
      { operation: { $case: 'change', value: { on: ON, stops: [{ stop: undefined }] } } },
    ],
    [
      'no status',
      /status/,
      { operation: { $case: 'reportStatus', value: { pointId: '1', status: 0, untilMs: 0n } } },
    ],
    [
      'a hold beyond the exact numbers',
      /2\^53-1/,
      { operation: { $case: 'reserve', value: { stops: [], holdMs: 2n ** 63n, afterNoShow: 0 } } },
    ],
  ])('with %s is not decoded', (_, message, fields) => {
    expect(() => ledgerCodec.decodeCommand(tampered(fields))).toThrow(message);
  });

  it('of an operation that only a later version knows is not decoded', () => {
    // Field 47, length-delimited, empty: the next operation to come.
    const next = Buffer.from([0xfa, 0x02, 0x00]);
    const bytes = Buffer.concat([tampered({ operation: undefined }), next]);
    expect(() => ledgerCodec.decodeCommand(bytes)).toThrow(
      'a command whose operation this version does not know',
    );
  });

  it('with bytes after its end is not decoded', () => {
    const bytes = ledgerCodec.encodeCommand(SIMPLE);
    expect(() => ledgerCodec.decodeCommand(Buffer.concat([bytes, Buffer.from([0, 1, 2])]))).toThrow();
    expect(() => ledgerCodec.decodeCommand(bytes.subarray(0, bytes.length - 1))).toThrow();
    expect(() => ledgerCodec.decodeCommand(new Uint8Array())).toThrow();
  });
});

describe('an entry', () => {
  it('is the stamped command, with its index', () => {
    fc.assert(
      fc.property(command, wholeMs, fc.integer({ min: 1 }), (original, atMs, index) => {
        const bytes = ledgerCodec.stamp(ledgerCodec.encodeCommand(original), atMs);
        expect(ledgerCodec.decodeEntry(bytes, index)).toEqual({ index, atMs, command: original });
      }),
    );
  });

  it('has the bytes that the generated encoder gives', () => {
    const bytes = ledgerCodec.encodeCommand(SIMPLE);
    const message = { envelopeVersion: 1, atMs: 1_767_225_600_000n, command: ProtoCommand.decode(bytes) };
    expect(Buffer.from(ledgerCodec.stamp(bytes, 1_767_225_600_000))).toEqual(
      Buffer.from(ProtoEntry.encode(message).finish()),
    );
  });

  it('is stamped without a look at the command', () => {
    const bytes = ledgerCodec.stamp(Uint8Array.of(0xff, 0xff), 1);
    expect(Buffer.from(bytes).toString('hex')).toBe('080110011a02ffff');
    expect(() => ledgerCodec.decodeEntry(bytes, 1)).toThrow();
  });

  it('whose command stops before its end is not decoded, though what follows reads like an envelope', () => {
    const command = ledgerCodec.encodeCommand(SIMPLE);
    // A tag of zero, where the generated decoder stops, then an envelope version of 1.
    const stopped = Buffer.concat([command, Buffer.from([0x00, 0x08, 0x01])]);
    expect(() => ledgerCodec.decodeCommand(stopped)).toThrow('a command that ends at byte');
    expect(() => ledgerCodec.decodeEntry(ledgerCodec.stamp(stopped, 1), 1)).toThrow(
      'a command that ends at byte',
    );
  });

  it('with a field of a later version is read without it', () => {
    const bytes = ledgerCodec.stamp(ledgerCodec.encodeCommand(SIMPLE), 5);
    const later = Buffer.concat([bytes, Buffer.from([0x20, 0x01, 0x2a, 0x02, 0xff, 0xff])]);
    expect(ledgerCodec.decodeEntry(later, 3)).toEqual({ index: 3, atMs: 5, command: SIMPLE });
  });

  it('is not stamped with a time that is no exact number', () => {
    for (const atMs of [-1, 0.5, 2 ** 53, Number.NaN]) {
      expect(() => ledgerCodec.stamp(new Uint8Array(), atMs)).toThrow(RangeError);
    }
  });

  it('of another envelope version, or without a command, is not decoded', () => {
    const bytes = ledgerCodec.stamp(ledgerCodec.encodeCommand(SIMPLE), 5);
    const entry = ProtoEntry.decode(bytes);
    for (const envelopeVersion of [0, 2]) {
      const other = ProtoEntry.encode({ ...entry, envelopeVersion }).finish();
      expect(() => ledgerCodec.decodeEntry(other, 1)).toThrow(`version ${envelopeVersion}`);
    }
    const empty = ProtoEntry.encode({ ...entry, command: undefined }).finish();
    expect(() => ledgerCodec.decodeEntry(empty, 1)).toThrow('without a command');
    expect(() => ledgerCodec.decodeEntry(new Uint8Array(), 1)).toThrow();
  });
});

describe('any bytes', () => {
  /** The command, or null when it was refused with an Error. */
  function decoded(decode: () => Command): Command | null {
    try {
      return decode();
    } catch (error) {
      if (!(error instanceof Error)) throw new TypeError('thrown, but no Error', { cause: error });
      return null;
    }
  }

  function check(bytes: Uint8Array): boolean {
    const direct = decoded(() => ledgerCodec.decodeCommand(bytes));
    const stamped = ledgerCodec.stamp(bytes, 7);
    // What the leader found to be a command is one to all who apply it, and the same; what not, to none.
    expectSame(
      decoded(() => ledgerCodec.decodeEntry(stamped, 1).command),
      direct,
    );
    if (direct !== null) expectSame(ledgerCodec.decodeCommand(ledgerCodec.encodeCommand(direct)), direct);
    decoded(() => ledgerCodec.decodeEntry(bytes, 1).command);
    return direct !== null;
  }

  /** Both came from the codec, which gives fields in one order: their texts can be compared, which is fast. */
  function expectSame(a: Command | null, b: Command | null): void {
    if (JSON.stringify(a) !== JSON.stringify(b)) expect(a).toEqual(b);
  }

  it('decode to a command that encodes again, or are refused: 5,000 random buffers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), (bytes) => {
        check(bytes);
      }),
      { numRuns: 5_000 },
    );
  }, 60_000);

  it('decode to a command that encodes again, or are refused: 5,000 mutated commands', () => {
    let understood = 0;
    const mutation = fc.record({
      at: fc.nat(),
      value: fc.integer({ min: 0, max: 255 }),
      cut: fc.nat({ max: 40 }),
    });
    fc.assert(
      fc.property(command, fc.array(mutation, { minLength: 1, maxLength: 3 }), (original, mutations) => {
        let bytes = Uint8Array.from(ledgerCodec.encodeCommand(original));
        for (const { at, value, cut } of mutations) {
          if (bytes.length > 0) bytes[at % bytes.length] = value;
          if (cut === 0) bytes = bytes.slice(0, at % (bytes.length + 1));
        }
        if (check(bytes)) understood += 1;
      }),
      { numRuns: 5_000 },
    );
    // Both ways must have been taken.
    expect(understood).toBeGreaterThan(500);
    expect(understood).toBeLessThan(4_500);
  }, 60_000);
});
