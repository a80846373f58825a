/** A reservation for people: how it stands, and its stops. */
import { type Paint, table } from '../terminal.js';
import { shortTime } from './moments.js';
import type { Decided } from './shapes.js';

export function decidedLines({ id, state, holdUntil, stops }: Decided, paint: Paint): readonly string[] {
  const until = state === 'HELD' && holdUntil !== null ? ` until ${shortTime(holdUntil)}` : '';
  const isOpen = state === 'HELD' || state === 'CONFIRMED';
  const rows = stops.map(({ number, pointId, start, end, state: stopState }) => [
    String(number),
    pointId,
    shortTime(start),
    shortTime(end),
    stopState,
  ]);
  return [
    paint(isOpen ? 'green' : 'yellow', `${id} ${state}${until}`),
    '',
    ...table(['stop', 'point', 'from', 'to', 'state'], rows, [0]),
  ];
}
