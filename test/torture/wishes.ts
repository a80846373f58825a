/** What tormentors want: few windows of few points, so that they meet; and something of the trips that they have. */
import { randomInt } from 'node:crypto';
import type { ChangedStop, Door, Operation, WantedPoint, WantedStop } from '../../src/ledger/command.js';
import type { BookedStop } from '../../src/ledger/result.js';
import type { ReservationState, StopState } from '../../src/ledger/states.js';
import { DOCUMENTED_MS } from './rest-request.js';

/** A reservation as its holder was told of it. */
export interface Trip {
  readonly id: string;
  readonly state: ReservationState;
  readonly stops: readonly (BookedStop & { readonly state: StopState })[];
}

const MINUTE_MS = 60_000;
const SLOT_MS = 10 * MINUTE_MS;
const SLOTS = 6;
/** Those of the data set that the nodes register. */
const POINTS = Array.from({ length: 14 }, (_, k) => `${k + 1}`);
/** Who reserves from now on for four hours would get nothing where all want windows: only a few points see both. */
const FOR_WINDOWS = POINTS.slice(0, 11);
const FROM_NOW_ON = POINTS.slice(9);
const COMPANY_OF = ['a', 'a', 'b', 'b', 'c', 'c', 'c', 'b', 'a', 'a', 'b', 'b', 'c', 'c'];
const PLACES = ['Salvador', 'Feira de Santana', 'Valente'];

/** The next wish of a driver with these trips. */
export function wish(
  trips: readonly Trip[],
  waitIds: readonly string[],
  held: readonly string[],
): { readonly operation: Operation; readonly door: Door } {
  const dice = randomInt(100);
  if (held.length > 0 && dice < 40) {
    return { operation: { kind: 'release', pointIds: held, mode: 'all-or-none' }, door: 'legacy-rest' };
  }
  if (dice < 12) return { operation: fromNowOn(), door: 'legacy-rest' };
  if (trips.length > 0 && randomInt(6) < trips.length + 2) {
    return { operation: onTrip(trips[randomInt(trips.length)]!), door: 'rest' };
  }
  return { operation: newTrip(waitIds), door: 'rest' };
}

/** What a company's node says of one of its points. */
export function statusReport(company: string): Operation {
  const own = POINTS.filter((_, k) => `empresa_${COMPANY_OF[k]}` === company);
  const pointId = own[randomInt(own.length)]!;
  const status = (['available', 'available', 'faulted', 'maintenance', 'occupied'] as const)[randomInt(5)]!;
  const untilMs = status === 'available' ? 0 : Date.now() + (1 + randomInt(40)) * MINUTE_MS;
  return { kind: 'report-status', pointId, status, untilMs };
}

function fromNowOn(): Operation {
  const ids = [
    ...new Set(Array.from({ length: 1 + randomInt(3) }, () => FROM_NOW_ON[randomInt(FROM_NOW_ON.length)]!)),
  ];
  const stops = ids.map((pointId) => ({
    pointId,
    company: '',
    startMs: 'now' as const,
    durationMs: DOCUMENTED_MS,
  }));
  return { kind: 'reserve', stops, holdMs: 0 };
}

function newTrip(waitIds: readonly string[]): Operation {
  const dice = randomInt(100);
  const afterNoShow = 'keep' as const;
  const holdMs = randomInt(2) === 0 ? 0 : (1 + randomInt(6)) * 1_000;
  if (dice < 12) return { kind: 'declare-trip', stops: points(1 + randomInt(3)), holdMs, afterNoShow };
  if (dice < 25) return { kind: 'join-waitlist', stops: points(1 + randomInt(2)).map(orSite), afterNoShow };
  if (dice < 30 && waitIds.length > 0)
    return { kind: 'leave-waitlist', waitId: waitIds[randomInt(waitIds.length)]! };
  return { kind: 'reserve', stops: points(1 + randomInt(4)).map(orSite), holdMs };
}

function onTrip({ id: reservationId, state, stops }: Trip): Operation {
  const on = { reservationId, ifIndex: 0 };
  const active = stops.findIndex((stop) => stop.state === 'ACTIVE');
  const next = stops.findIndex((stop) => stop.state === 'PLANNED');
  const stop = Math.max(0, next);
  const dice = randomInt(100);
  if (state === 'HELD' && dice < 60) {
    return dice < 45 ? { kind: 'confirm', ...on } : { kind: 'extend-hold', ...on, holdMs: 5_000 };
  }
  if (active >= 0 && dice < 40) return { kind: 'finish-stop', ...on, stop: active, as: 'holder' };
  if (dice < 20) return { kind: 'start-stop', ...on, stop, as: 'holder' };
  if (dice < 45) {
    const kept = stops.flatMap((each, keep): ChangedStop[] =>
      each.state === 'ACTIVE' || (each.state === 'PLANNED' && randomInt(2) === 0) ? [{ keep }] : [],
    );
    return { kind: 'change', ...on, stops: [...kept, ...points(1 + randomInt(2)).map(orSite)] };
  }
  if (dice < 60) return { kind: 'shift', ...on, stop, byMs: (1 + randomInt(20)) * MINUTE_MS };
  return { kind: 'cancel', ...on, stops: dice < 80 ? [] : [stop], as: 'holder', reason: '' };
}

/** One after the other, from one of a few moments on that everybody knows. */
function points(count: number): readonly WantedPoint[] {
  const first = Math.ceil(Date.now() / SLOT_MS) + randomInt(SLOTS);
  return Array.from({ length: count }, (_, k) => ({
    pointId: FOR_WINDOWS[randomInt(FOR_WINDOWS.length)]!,
    company: '',
    startMs: (first + k) * SLOT_MS,
    durationMs: (1 + randomInt(2)) * SLOT_MS,
  }));
}

function orSite({ pointId, company, startMs, durationMs }: WantedPoint): WantedStop {
  if (randomInt(5) > 0) return { pointId, company, startMs, durationMs };
  const site = { place: PLACES[randomInt(PLACES.length)]!, connector: 'ccs2', minPowerWatts: 50_000 };
  return { pointId: '', site, company, startMs, durationMs };
}
