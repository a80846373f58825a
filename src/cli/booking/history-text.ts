/** The history of a reservation for people: a line for each thing that happened, the entry told once. */
import { table } from '../terminal.js';
import { shortTime } from './moments.js';
import type { HistoryItem } from './shapes.js';

export function historyLines(items: readonly HistoryItem[]): readonly string[] {
  const rows = items.flatMap(({ index, at, operation, door, vehicleId, originCompany, events }) => {
    const who = [originCompany ?? 'time', ...(vehicleId === null ? [] : [vehicleId])].join(', ');
    const entry = [String(index), shortTime(at), operation, who, door];
    const [first = '', ...more] = events.map(happeningText);
    return [[...entry, first], ...more.map((text) => ['', '', '', '', '', text])];
  });
  return table(['entry', 'at', 'operation', 'through', 'door', 'what happened'], rows, [0]);
}

function happeningText(event: HistoryItem['events'][number]): string {
  const { kind, number, pointId, from, to = '', notice, reason = '' } = event;
  const change = from === null || from === undefined || from === to ? to : `${from} to ${to}`;
  const why = reason === '' ? '' : ` (${reason})`;
  switch (kind) {
    case 'stop':
      return `stop ${number} at point ${pointId}: ${change}${why}`;
    case 'foreign-stop':
      return `stop ${number} at another company: ${change}`;
    case 'notice':
      return `notice ${notice}: ${to}`;
    case 'pruned':
      return 'left memory';
    default:
      return `${kind}: ${change}${why}`;
  }
}
