/** A plan for people: how the trip goes, where it charges, and how to reserve it. */
import { type Paint, table } from '../terminal.js';
import { momentText, shortTime } from './moments.js';
import type { Plan, PlanAnswer } from './shapes.js';
import { stopText } from './wanted-stops.js';

const MINUTE_MS = 60_000;

const WHY_NONE: Readonly<Record<string, string>> = {
  UNKNOWN_PLACE: 'no point is registered at one of the places',
  NO_ROAD: 'no registered route leads there',
  OUT_OF_REACH: 'the battery does not last to a point that is free in time',
  TOO_HARD: 'the search was given up',
};

export function planLines({ from, to, distanceKm, arriveAt, arrivePct, stops }: Plan, paint: Paint) {
  const count = stops.length === 1 ? '1 stop' : `${stops.length} stops`;
  const end = `there at ${minute(arriveAt)} with ${arrivePct} %`;
  const head = paint('green', `point ${from} to point ${to}, ${distanceKm} km, ${count}: ${end}`);
  if (stops.length === 0) return [head];
  const rows = stops.map((stop, k) => [
    ...[String(k), stop.pointId, stop.place, stop.company, String(stop.powerKw), String(stop.legKm)],
    ...[minute(stop.arriveAt), String(stop.arrivePct), shortTime(stop.start), shortTime(stop.end)],
    String(stop.departPct),
  ]);
  const header = ['stop', 'point', 'city', 'company', 'kW', 'km', 'there', '%', 'from', 'to', 'then %'];
  return [head, '', ...table(header, rows, [0, 4, 5, 7, 10])];
}

/** The command that reserves what was planned. */
export function reserveText({ stops }: NonNullable<PlanAnswer['reservation']>): string {
  const typed = stops.map((stop) =>
    stopText({ ...stop, start: shortTime(stop.start), end: shortTime(stop.end) }),
  );
  return `malha reserve ${typed.join(' ')}`;
}

/** Why there is no plan. */
export function whyNone(reason: string | null): string {
  return WHY_NONE[reason ?? ''] ?? String(reason);
}

/** Who is early waits, so that a time of arrival is rounded up. */
function minute(text: string): string {
  return shortTime(momentText(Math.ceil(Date.parse(text) / MINUTE_MS) * MINUTE_MS));
}
