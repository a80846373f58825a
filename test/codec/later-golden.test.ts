/**
 * The exact bytes, and the fingerprint, of one operation of each kind that came with ledger version 2. They are in logs
 * for ever, as those of ledger-golden.test.ts are.
 */
import { describe, expect, it } from 'vitest';
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import type { Command, Operation } from '../../src/ledger/command.js';
import { fingerprint } from '../../src/ledger/fingerprint.js';
import { versionOf } from '../../src/ledger/version.js';

const ENVELOPE: Omit<Command, 'operation'> = {
  ledgerVersion: 2,
  requestKey: 'k',
  keyKind: 'client',
  holder: 'h',
  door: 'rest',
  originCompany: 'c',
  traceId: '00000000000000000000000000000001',
  notAfterMs: 1,
};

/** Fields 1 to 8, which are the same in every command below. */
const ENVELOPE_HEX = '080212016b18012201682802320163' + '3a1000000000000000000000000000000001' + '4001';

const POINT = { pointId: '1', company: '', startMs: 1_767_225_600_000, durationMs: 1_800_000 } as const;
const SITE = {
  pointId: '',
  site: { place: 'Salvador', connector: 'CCS2', minPowerWatts: 50_000 },
  company: 'b',
  startMs: 'now',
  durationMs: 60_000,
} as const;
const ON = { reservationId: 'r7', ifIndex: 9 } as const;
const ON_STOP = { ...ON, stop: 1 } as const;
const POLICY = {
  minNoticeMs: 1,
  horizonMs: 2,
  durationMaxMs: 3,
  earlyMs: 4,
  lateMs: 5,
  bufferMs: 6,
  cancelBeforeMs: 7,
  reservationFeeCentavos: 8,
  lateCancelFeeCentavos: 9,
  noShowFeeCentavos: 10,
} as const;

/** An operation, the field that carries it, its fingerprint. */
const GOLDEN: readonly (readonly [Operation, string, string])[] = [
  [
    { kind: 'reserve', stops: [SITE], holdMs: 0, afterNoShow: 'free' },
    'ba01210a1d12016220e0d4032a140a0853616c7661646f7212044343533218d086031802',
    '08cea2427e3bb40822ed77c1491e97eb',
  ],
  [
    { kind: 'set-policy', policy: POLICY },
    'da0114080110021803200428053006380740084809500a',
    '8ffbc5390983cbdfdd70d2c488506853',
  ],
  [
    {
      kind: 'set-schedule',
      pointId: '1',
      utcOffsetMinutes: -180,
      weekly: [{ startMinute: 360, endMinute: 1_320 }],
      maintenance: [{ startMs: 1, endMs: 2 }],
      displace: true,
    },
    'e201160a013110e7021a0608e80210a80a2204080110022801',
    '1c0fd245379608b79a1bf033fa05b8a7',
  ],
  [
    { kind: 'report-status', pointId: '1', status: 'faulted', untilMs: 5 },
    'ea01070a013110031805',
    'd7ea4429a364684a31381c4e1f657857',
  ],
  [
    { kind: 'delete-point', pointId: '1', displace: true },
    'f201050a01311001',
    'deaad75fafd46743badfe1bee01a418e',
  ],
  [{ kind: 'delete-route', routeId: '2' }, 'fa01030a0132', '71fa61d8e4e43091ec3a25e1b1338a56'],
  [{ kind: 'remove-company' }, '820200', 'da435c649797406b7a7ccf8e7dc71c5b'],
  [
    { kind: 'displace-stop', ...ON_STOP, reason: 'cable' },
    '8a02130a0a0a060a0272371009100112056361626c65',
    'e0056807ea5d3c11c9561a8a0921ed4a',
  ],
  [{ kind: 'confirm', ...ON }, '9202080a060a0272371009', 'a432a053c58ca29dbedcd78dac15429a'],
  [
    { kind: 'extend-hold', ...ON, holdMs: 60_000 },
    '9a020c0a060a027237100910e0d403',
    'f1a424af24967acac92ff55683bab54c',
  ],
  [
    { kind: 'cancel', ...ON, stops: [0, 1], as: 'operator', reason: 'lost car' },
    'a202180a060a027237100912020001180322086c6f737420636172',
    '98bc0d08929db44dc88453327efe5ba5',
  ],
  [
    { kind: 'change', ...ON, stops: [{ keep: 0 }, POINT, SITE] },
    'aa023f0a060a0272371009120208001210120e0a01311880d0eab6b73320c0ee6d121f121d12016220e0d4032a140a0853616c7661646f7212044343533218d08603',
    '60d093d4731d820214c42fc7dce2a839',
  ],
  [
    { kind: 'shift', ...ON_STOP, byMs: 600_000 },
    'b202100a0a0a060a0272371009100110c0cf24',
    '5a74d44bd89cba73b86d712e8a9fbf2b',
  ],
  [
    { kind: 'substitute', ...ON_STOP, candidates: [POINT] },
    'ba021c0a0a0a060a02723710091001120e0a01311880d0eab6b73320c0ee6d',
    '94af041f858b0948652e47cfe35fceca',
  ],
  [
    { kind: 'start-stop', ...ON_STOP, as: 'holder' },
    'c2020e0a0a0a060a027237100910011001',
    'd6503697abe9fdd0fdd771257d5fbb09',
  ],
  [
    { kind: 'finish-stop', ...ON_STOP, as: 'company' },
    'ca020e0a0a0a060a027237100910011002',
    'ac94148d537a2763f768125c9c24beee',
  ],
  [
    { kind: 'declare-trip', stops: [POINT], holdMs: 1_000, afterNoShow: 'keep' },
    'd202150a0e0a01311880d0eab6b73320c0ee6d10e8071801',
    'd56a6ada5d787dc1014b8104bf1260a9',
  ],
  [
    { kind: 'join-waitlist', stops: [POINT, SITE], afterNoShow: 'keep' },
    'da02310a0e0a01311880d0eab6b73320c0ee6d0a1d12016220e0d4032a140a0853616c7661646f7212044343533218d086031001',
    '8e8b698d0e7b6871e5acd07cac12c8d6',
  ],
  [{ kind: 'leave-waitlist', waitId: 'w3' }, 'e202040a027733', 'de24cfc857b55753429daa9276f1099d'],
  [{ kind: 'acknowledge', noticeIds: ['n4.0'] }, 'ea02060a046e342e30', '1f9809709a154f9073f14c1a9f73e2bb'],
  [{ kind: 'prune' }, 'f20200', '822c1c22fdf4806fca34cf3829e0bfd5'],
];

describe('the bytes of version 2 that are kept for ever', () => {
  it.each(GOLDEN.map(([operation, hex, print]) => [operation.kind, operation, hex, print] as const))(
    'of a command to %s are these, and mean it',
    (_, operation, operationHex, print) => {
      const command: Command = { ...ENVELOPE, operation };
      expect(Buffer.from(ledgerCodec.encodeCommand(command)).toString('hex')).toBe(
        ENVELOPE_HEX + operationHex,
      );
      expect(ledgerCodec.decodeCommand(Buffer.from(ENVELOPE_HEX + operationHex, 'hex'))).toEqual(command);
      expect(fingerprint(operation)).toBe(print);
      expect(versionOf(operation)).toBe(2);
    },
  );

  it('mean the same whatever the order of the fields in memory', () => {
    const { kind, stops, holdMs, afterNoShow } = GOLDEN[0]![0] as Extract<Operation, { kind: 'reserve' }>;
    expect(fingerprint({ holdMs, stops, kind, afterNoShow: afterNoShow! })).toBe(GOLDEN[0]![2]);
  });
});
