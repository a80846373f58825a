import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventMessage } from '../../src/codec/event-messages.js';
import {
  AFTER_NO_SHOW,
  actingAsOf,
  afterNoShowOf,
  NOTICE_KIND,
  POINT_STATUS,
  pointStatusOf,
  RESERVATION_STATE,
  reservationStateOf,
  STOP_STATE,
} from '../../src/codec/state-messages.js';
import { durationOf, msOf, timestampOf, timestampOrNone } from '../../src/codec/time-messages.js';
import { decodeWhole } from '../../src/codec/whole-message.js';
import { Duration } from '../../src/gen/google/protobuf/duration.js';
import { Timestamp } from '../../src/gen/google/protobuf/timestamp.js';
import { Event } from '../../src/gen/malha/mesh/v1/event.js';
import { ActingAs } from '../../src/gen/malha/mesh/v1/reservation.js';
import {
  AfterNoShow,
  NoticeKind,
  PointStatus,
  ReservationState,
  StopState,
} from '../../src/gen/malha/mesh/v1/state.js';
import type { LedgerEvent } from '../../src/ledger/event.js';
import { LEDGER_TIME_MS_MAX } from '../../src/ledger/limits.js';

/** The values of a generated enum, but for "unspecified" and "unrecognized". */
function valuesOf(generated: object): readonly number[] {
  return Object.values(generated).filter((value): value is number => typeof value === 'number' && value > 0);
}

describe('messages for callers', () => {
  it('keep every millisecond that the ledger can name', () => {
    const ms = fc.integer({ min: 0, max: LEDGER_TIME_MS_MAX });
    fc.assert(
      fc.property(ms, (at) => {
        expect(msOf(Timestamp.decode(Timestamp.encode(timestampOf(at)).finish()))).toBe(at);
        expect(msOf(Duration.decode(Duration.encode(durationOf(at)).finish()))).toBe(at);
      }),
    );
    expect(timestampOf(1_500)).toEqual({ seconds: 1n, nanos: 500_000_000 });
    expect(timestampOrNone(0)).toBeUndefined();
  });

  it('cut off what is finer than a millisecond, and take nothing that is no time', () => {
    expect(msOf({ seconds: 2n, nanos: 1_999_999 })).toBe(2_001);
    for (const bad of [
      { seconds: -1n, nanos: 0 },
      { seconds: 0n, nanos: -1 },
      { seconds: 0n, nanos: 1_000_000_000 },
      { seconds: 2n ** 43n, nanos: 0 },
    ]) {
      expect(() => msOf(bad)).toThrow(RangeError);
    }
  });

  it('have a word for every value of their enums, and the other way round', () => {
    expect(Object.values(RESERVATION_STATE)).toEqual(valuesOf(ReservationState));
    expect(Object.values(STOP_STATE)).toEqual(valuesOf(StopState));
    expect(Object.values(POINT_STATUS)).toEqual(valuesOf(PointStatus));
    expect(Object.values(NOTICE_KIND)).toEqual(valuesOf(NoticeKind));
    expect(Object.values(AFTER_NO_SHOW)).toEqual(valuesOf(AfterNoShow));
    expect(reservationStateOf(ReservationState.CANCELED)).toBe('CANCELED');
    expect(pointStatusOf(PointStatus.OFFLINE)).toBe('offline');
    expect(afterNoShowOf(AfterNoShow.FREE)).toBe('free');
    expect(valuesOf(ActingAs).map(actingAsOf)).toEqual(['holder', 'company', 'operator']);
    expect(actingAsOf(99 as ActingAs)).toBeUndefined();
  });

  it('tell every kind of event, each in a field of its own', () => {
    const reservation = { reservationId: 'r1', holder: 'car-1' };
    const events: readonly LedgerEvent[] = [
      { kind: 'reservation', ...reservation, from: 'HELD', to: 'CANCELED', who: 'holder', reason: 'x' },
      {
        ...{
          kind: 'stop',
          ...reservation,
          stop: 1,
          pointId: '7',
          company: 'c',
          startMs: 1_000,
          endMs: 2_000,
        },
        ...{ from: '', to: 'PLANNED', reason: '' },
      },
      { kind: 'point', pointId: '7', company: 'c', status: 'deleted', untilMs: 0 },
      { kind: 'company', company: 'c', what: 'policy', id: 'c', to: 'written' },
      { kind: 'ticket', holder: 'car-1', ticket: 5, reservationId: 'r1', to: 'ended' },
      { kind: 'wait', waitId: 'w1', holder: 'car-1', to: 'offered', reservationId: 'r1' },
      { kind: 'notice', noticeId: 'n1.0', ...reservation, notice: 'hold-expired', to: 'closed' },
      { kind: 'pruned', reservationId: 'r1' },
    ];
    for (const event of events) {
      const message = eventMessage(event);
      expect(message.event?.$case).toBe(event.kind);
      expect(Event.decode(Event.encode(message).finish())).toEqual(message);
    }
    expect(eventMessage(events[1]!).event!.value).toMatchObject({
      ...{ from: StopState.UNSPECIFIED, to: StopState.PLANNED },
      window: { start: timestampOf(1_000), end: timestampOf(2_000) },
    });
    expect(eventMessage(events[2]!).event!.value).toMatchObject({ deleted: true, until: undefined });
  });

  it('are read whole or not at all', () => {
    const bytes = Timestamp.encode({ seconds: 5n, nanos: 7 }).finish();
    expect(decodeWhole((input) => Timestamp.decode(input), bytes)).toEqual({ seconds: 5n, nanos: 7 });
    const cut = Buffer.concat([bytes, Buffer.from([0x0c, 1])]);
    expect(Timestamp.decode(cut)).toEqual({ seconds: 5n, nanos: 7 });
    expect(() => decodeWhole((input) => Timestamp.decode(input), cut)).toThrow(/ends at byte/);
  });
});
