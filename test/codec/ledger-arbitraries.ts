/** Random operations of every kind, as the wire can carry them. */
import fc from 'fast-check';
import type {
  ChangedStop,
  Operation,
  WantedPoint,
  WantedSite,
  WantedStop,
} from '../../src/ledger/command.js';

export const UINT32_MAX = 2 ** 32 - 1;

export const text = fc.string({ unit: 'grapheme', maxLength: 20 });
export const wholeMs = fc.maxSafeNat();

const uint32 = fc.integer({ min: 0, max: UINT32_MAX });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

const wantedWindow = {
  company: text,
  startMs: fc.oneof(fc.constant<'now'>('now'), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
  durationMs: wholeMs,
};

const wantedPoint: fc.Arbitrary<WantedPoint> = fc.record({ pointId: text, ...wantedWindow });

const wantedSite: fc.Arbitrary<WantedSite> = fc.record({
  pointId: fc.constant<''>(''),
  site: fc.record({ place: text, connector: text, minPowerWatts: uint32 }),
  ...wantedWindow,
});

const wantedStop: fc.Arbitrary<WantedStop> = fc.oneof(wantedPoint, wantedSite);
const stops = fc.array(wantedStop, { maxLength: 4 });
const changedStop: fc.Arbitrary<ChangedStop> = fc.oneof(fc.record({ keep: uint32 }), wantedStop);

const afterNoShow = fc.constantFrom('keep' as const, 'free' as const);
const reporter = fc.constantFrom('holder' as const, 'company' as const);
const onReservation = { reservationId: text, ifIndex: wholeMs };
const onStop = { ...onReservation, stop: uint32 };

function kind<K extends Operation['kind']>(name: K): fc.Arbitrary<K> {
  return fc.constant(name);
}

/** One for each kind: the type demands it. */
const OPERATIONS: { readonly [K in Operation['kind']]: fc.Arbitrary<Extract<Operation, { kind: K }>> } = {
  'register-company': fc.record({ kind: kind('register-company'), name: text, displayId: text }),
  'register-point': fc.record({
    kind: kind('register-point'),
    pointId: text,
    place: text,
    latitudeMicrodegrees: int32,
    longitudeMicrodegrees: int32,
    connector: text,
    powerWatts: uint32,
  }),
  'register-route': fc.record({
    kind: kind('register-route'),
    routeId: text,
    name: text,
    pointIds: fc.array(text),
    legMetres: fc.array(uint32),
  }),
  reserve: fc.oneof(
    fc.record({ kind: kind('reserve'), stops: fc.array(wantedStop), holdMs: wholeMs }),
    fc.record({ kind: kind('reserve'), stops, holdMs: wholeMs, afterNoShow }),
  ),
  release: fc.record({
    kind: kind('release'),
    pointIds: fc.array(text),
    mode: fc.constantFrom('all-or-none' as const, 'any' as const),
  }),
  expire: fc.record({ kind: kind('expire') }),
  'raise-version': fc.record({ kind: kind('raise-version'), ledgerVersion: uint32 }),
  'set-policy': fc.record({
    kind: kind('set-policy'),
    policy: fc.record({
      minNoticeMs: wholeMs,
      horizonMs: wholeMs,
      durationMaxMs: wholeMs,
      earlyMs: wholeMs,
      lateMs: wholeMs,
      bufferMs: wholeMs,
      cancelBeforeMs: wholeMs,
      reservationFeeCentavos: uint32,
      lateCancelFeeCentavos: uint32,
      noShowFeeCentavos: uint32,
    }),
  }),
  'set-schedule': fc.record({
    kind: kind('set-schedule'),
    pointId: text,
    utcOffsetMinutes: int32,
    weekly: fc.array(fc.record({ startMinute: uint32, endMinute: uint32 }), { maxLength: 3 }),
    maintenance: fc.array(fc.record({ startMs: wholeMs, endMs: wholeMs }), { maxLength: 3 }),
    displace: fc.boolean(),
  }),
  'report-status': fc.record({
    kind: kind('report-status'),
    pointId: text,
    status: fc.constantFrom('available', 'occupied', 'faulted', 'offline', 'maintenance'),
    untilMs: wholeMs,
  }),
  'delete-point': fc.record({ kind: kind('delete-point'), pointId: text, displace: fc.boolean() }),
  'delete-route': fc.record({ kind: kind('delete-route'), routeId: text }),
  'remove-company': fc.record({ kind: kind('remove-company') }),
  'displace-stop': fc.record({ kind: kind('displace-stop'), ...onStop, reason: text }),
  confirm: fc.record({ kind: kind('confirm'), ...onReservation }),
  'extend-hold': fc.record({ kind: kind('extend-hold'), ...onReservation, holdMs: wholeMs }),
  cancel: fc.record({
    kind: kind('cancel'),
    ...onReservation,
    stops: fc.array(uint32, { maxLength: 4 }),
    as: fc.constantFrom('holder' as const, 'operator' as const),
    reason: text,
  }),
  change: fc.record({
    kind: kind('change'),
    ...onReservation,
    stops: fc.array(changedStop, { maxLength: 4 }),
  }),
  shift: fc.record({ kind: kind('shift'), ...onStop, byMs: wholeMs }),
  substitute: fc.record({ kind: kind('substitute'), ...onStop, candidates: stops }),
  'start-stop': fc.record({ kind: kind('start-stop'), ...onStop, as: reporter }),
  'finish-stop': fc.record({ kind: kind('finish-stop'), ...onStop, as: reporter }),
  'declare-trip': fc.record({
    kind: kind('declare-trip'),
    stops: fc.array(wantedPoint, { maxLength: 4 }),
    holdMs: wholeMs,
    afterNoShow,
  }),
  'join-waitlist': fc.record({ kind: kind('join-waitlist'), stops, afterNoShow }),
  'leave-waitlist': fc.record({ kind: kind('leave-waitlist'), waitId: text }),
  acknowledge: fc.record({ kind: kind('acknowledge'), noticeIds: fc.array(text, { maxLength: 4 }) }),
  prune: fc.record({ kind: kind('prune') }),
};

export const operation: fc.Arbitrary<Operation> = fc.oneof(...Object.values(OPERATIONS));
