/** The ledger's memory with a few rows in it, for tests of what decides over rows alone. */
import { Memory } from '../../src/ledger/memory.js';
import { DEFAULT_POLICY } from '../../src/ledger/policy.js';
import { FIRST_POINT_FIELDS } from '../../src/ledger/rows/point-row.js';
import { FIRST_RESERVATION_FIELDS, FIRST_STOP_FIELDS } from '../../src/ledger/rows/reservation-row.js';
import type { Point, Reservation, Stop, StopTerms, Wait } from '../../src/ledger/state.js';
import type { PolicyTerms } from '../../src/ledger/terms.js';
import { HOUR_MS, START_MS } from './log.js';

/** What `DEFAULT_POLICY` makes of a stop at a point of company a. */
export const TERMS: StopTerms = {
  company: 'a',
  earlyMs: DEFAULT_POLICY.earlyMs,
  lateMs: DEFAULT_POLICY.lateMs,
  bufferMs: 0,
  cancelBeforeMs: 0,
  reservationFeeCentavos: 0,
  lateCancelFeeCentavos: 0,
  noShowFeeCentavos: 0,
};

export function pointRow(id: string, more: Partial<Point> = {}): Point {
  const where = { place: 'Salvador', latitudeMicrodegrees: 0, longitudeMicrodegrees: 0 };
  const what = { connector: 'CCS2', powerWatts: 50_000, status: 'available' } as const;
  return { id, company: 'a', ...where, ...what, ...FIRST_POINT_FIELDS, ...more };
}

/** A stop of an hour, PLANNED from tests' start on at point 1. */
export function stopRow(more: Partial<Stop> = {}): Stop {
  const window = { pointId: '1', startMs: START_MS, endMs: (more.startMs ?? START_MS) + HOUR_MS };
  return { ...window, state: 'PLANNED', ...FIRST_STOP_FIELDS, terms: TERMS, ...more };
}

/** A confirmed reservation of x, made by entry 7 of version 2. */
export function reservationRow(
  id: string,
  stops: readonly Stop[],
  more: Partial<Reservation> = {},
): Reservation {
  return {
    id,
    holder: 'x',
    state: 'CONFIRMED',
    documented: false,
    stops,
    madeAtMs: START_MS,
    madeIndex: 7,
    holdUntilMs: 0,
    end: null,
    ...FIRST_RESERVATION_FIELDS,
    changedIndex: 7,
    ...more,
  };
}

/** A wish of y for point 1. */
export function waitRow(id: string, more: Partial<Wait> = {}): Wait {
  const stops = [{ pointId: '1', company: '', startMs: START_MS, durationMs: HOUR_MS }];
  const line = { turn: Number(id.slice(1)), stops, afterNoShow: 'keep' } as const;
  return { id, holder: 'y', ...line, offer: '', missedOffers: 0, endsAtMs: START_MS + HOUR_MS, ...more };
}

/** A mesh of company a (display id 1) and its policy, with these points. */
export function memoryOf(
  points: readonly Point[] = [pointRow('1'), pointRow('2')],
  policy: Partial<PolicyTerms> = {},
  ledgerVersion = 2,
): Memory {
  const memory = new Memory(ledgerVersion);
  memory.nowMs = START_MS;
  memory.companies.put({ id: 'a', name: 'A', displayId: '1' });
  memory.companies.put({ id: 'b', name: 'B', displayId: '2' });
  if (ledgerVersion > 1) memory.policies.put({ company: 'a', ...DEFAULT_POLICY, ...policy });
  for (const point of points) memory.points.put(point);
  memory.takeEvents();
  memory.journal.take();
  return memory;
}
