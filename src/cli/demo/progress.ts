/**
 * One aligned line for what a vehicle or a node tells; what would only be noise to a watcher has none.
 */
import type { VehicleEvent } from '../../vehicle/events.js';
import type { Colour, Paint } from '../terminal.js';
import type { NodeEvent } from './node-process.js';

export interface Names {
  /** `9 Cruz das Almas`, for a point id. */
  point(id: string): string;
  /** `empresa_b`, for the URL of a node or a broker. */
  owner(url: string): string;
}

/** Room for `veiculo-r10-01`. */
const NAME_WIDTH = 14;

/** Undefined for events that a watcher need not see. */
export function vehicleLine(event: VehicleEvent, names: Names, paint: Paint): string | undefined {
  const told = tellingOf(event, names);
  if (told === undefined) return undefined;
  const [colour, verb, details] = told;
  const time = paint('dim', shortTime(event.atMs));
  return `${time}  ${event.vehicleId.padEnd(NAME_WIDTH)} ${paint(colour, verb.padEnd(9))} ${details}`;
}

export function nodeLine(event: NodeEvent, atMs: number, paint: Paint): string {
  const time = paint('dim', shortTime(atMs));
  const company = event.company.padEnd(NAME_WIDTH);
  switch (event.kind) {
    case 'died': {
      const reason = event.reason === '' ? '' : `: ${event.reason}`;
      return `${time}  ${company} ${paint('red', 'died     ')} ${event.how}${reason}; starting it again`;
    }
    case 'back':
      return `${time}  ${company} ${paint('green', 'back     ')} caught up, process ${event.pid}`;
    case 'error':
      return `${time}  ${company} ${paint('red', 'error    ')} ${event.message}`;
  }
}

export function leaderLine(leader: string, term: number, atMs: number, paint: Paint): string {
  return `${paint('dim', shortTime(atMs))}  ${leader.padEnd(NAME_WIDTH)} ${paint('cyan', 'leads    ')} since term ${term}`;
}

function tellingOf(event: VehicleEvent, names: Names): readonly [Colour, string, string] | undefined {
  switch (event.kind) {
    case 'reserved': {
      const until = shortTime(event.untilMs);
      return [
        'cyan',
        'reserved',
        `${points(event.pointIds, names)} until ${until}, at ${names.owner(event.node)}`,
      ];
    }
    case 'rebooked': {
      const until = shortTime(event.untilMs);
      return ['cyan', 'rebooked', `${points(event.pointIds, names)} until ${until}`];
    }
    case 'put-off': {
      const minutes = Math.round(event.byMs / 60_000);
      return [
        'yellow',
        'is late',
        `${names.point(event.pointId)} and what follows put off by ${minutes} min`,
      ];
    }
    case 'noticed':
      return [
        'yellow',
        'is told',
        event.pointId === '' ? event.notice : `${event.notice}, ${names.point(event.pointId)}`,
      ];
    case 'refused':
      return ['yellow', 'refused', `${points(event.pointIds, names)}, at ${names.owner(event.node)}`];
    case 'departed': {
      const { from, to, km } = event.trip;
      return ['bold', 'departed', `${from} to ${to}, ${km} km, battery ${percent(event.socPct)}`];
    }
    case 'waiting':
      return ['yellow', 'waits', `in ${event.place}: ${event.reason}`];
    case 'charging':
      return [
        'cyan',
        'charges',
        `in ${event.place} from ${percent(event.socPct)} to ${percent(event.toPct)}`,
      ];
    case 'arrived': {
      const charges = event.charges === 1 ? '1 charge' : `${event.charges} charges`;
      return ['green', 'arrived', `in ${event.trip.to}, ${charges}, battery ${percent(event.socPct)}`];
    }
    case 'stranded':
      return ['red', 'stranded', `after ${event.km} km towards ${event.trip.to}`];
    case 'towed':
      return ['yellow', 'towed', `to ${event.place}, battery ${percent(event.socPct)}`];
    case 'trouble':
      return ['red', 'trouble', event.reason];
    case 'node-failed':
      return ['yellow', 'moves on', `${names.owner(event.node)} does not serve: ${event.reason}`];
    case 'broker-failed':
      return ['yellow', 'moves on', `broker of ${names.owner(event.broker)} does not serve: ${event.reason}`];
    case 'stopped':
      return event.unsure.length === 0
        ? undefined
        : ['yellow', 'stopped', `not knowing whether it holds ${points(event.unsure, names)}`];
    case 'connected':
    case 'asked':
    case 'planned':
    case 'charged':
    case 'freed':
    case 'ended':
      return undefined;
  }
}

function points(ids: readonly string[], names: Names): string {
  return ids.map((id) => names.point(id)).join(', ');
}

function percent(value: number): string {
  return `${Math.round(value)} %`;
}

/** Hours and minutes of ledger time, UTC: a demo passes days, but a line has little room. */
function shortTime(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 16);
}
