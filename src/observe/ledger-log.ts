/**
 * One line of the log for each entry of the ledger: who wanted what through which door, and what was decided.
 *
 * 1. The node that took the request says it at INFO, every other at DEBUG, all with the request's trace id. What the
 *    ledger does by itself (time, housekeeping) is INFO at the leader of the moment, unless nothing came of it.
 * 2. Pure, and bounded whatever an entry did: lists are cut at ITEMS_MAX, their lengths are told.
 * 3. A line holds ids, no payload: the holder is the pseudonym that the ledger has.
 */
import type { Operation } from '../ledger/command.js';
import type { LedgerEvent } from '../ledger/event.js';
import type { Result } from '../ledger/result.js';
import type { AppliedEvent, Mesh } from '../replica/mesh.js';
import type { Logger } from './logger.js';

/** Of what nobody asked for. */
const NO_TRACE = '0'.repeat(32);

/** Ids that one field of a line names at most. */
const ITEMS_MAX = 32;

export interface LedgerLine {
  readonly level: 'debug' | 'info';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: 'decided' | 'refused' | 'answered again';
}

/** The level of an event's line at the node of `company`. */
export function ledgerLevel(
  { originCompany, answer: { result } }: AppliedEvent,
  company: string,
): 'debug' | 'info' {
  const isIdle =
    (result.kind === 'expired' && result.ended === 0) ||
    (result.kind === 'pruned' && result.reservations === 0);
  return originCompany === company && !isIdle ? 'info' : 'debug';
}

/** The line of an event at the node of `company`. */
export function ledgerLine(event: AppliedEvent, company: string): LedgerLine {
  const { answer, holder, door, originCompany, traceId, operation, events, repeated } = event;
  const { index, result } = answer;
  const isRefused = result.kind === 'refused';
  const fields: Record<string, unknown> = traceId === NO_TRACE ? {} : { trace: traceId };
  Object.assign(fields, { index, door, origin: originCompany });
  if (holder !== '') fields.holder = holder;
  fields.operation = operation.kind;
  Object.assign(fields, outcomeOf(result));
  const reservation = reservationOf(operation, result);
  if (reservation !== undefined) fields.reservation = reservation;
  if ('stop' in operation) fields.stop = operation.stop;
  put(fields, 'points', pointsOf(operation, result));
  if (!isRefused && !repeated) putEvents(fields, events, reservation);
  const message = repeated ? 'answered again' : isRefused ? 'refused' : 'decided';
  return { level: ledgerLevel(event, company), fields, message };
}

/** Logs every entry that is applied from now on; returns how to stop. `isSaid`: whether lines of that level are made. */
export function logLedger(
  mesh: Pick<Mesh, 'onApplied'>,
  company: string,
  logger: Logger,
  isSaid: (level: 'debug' | 'info') => boolean,
): () => void {
  return mesh.onApplied(
    (event) => {
      // Most lines of other nodes' requests are for nobody: they are not even made.
      if (!isSaid(ledgerLevel(event, company))) return;
      const { level, fields, message } = ledgerLine(event, company);
      logger[level](fields, message);
    },
    (index) =>
      logger.info({ index }, 'the ledger goes on behind a snapshot: entries before it have no lines here'),
  );
}

function outcomeOf(result: Result): object {
  switch (result.kind) {
    case 'refused': {
      const { reason, detail, conflicts } = result;
      const why = [...new Set(conflicts.map((conflict) => conflict.reason))];
      return {
        ...{ result: 'refused', reason },
        ...(detail === '' ? {} : { detail }),
        ...(why.length === 0 ? {} : { conflicts: why }),
      };
    }
    case 'expired':
      return { result: result.kind, ended: result.ended };
    case 'pruned':
      return { result: result.kind, reservations: result.reservations };
    case 'updated':
      return { result: result.kind, state: result.state };
    case 'point-updated':
      return { result: result.kind, displaced: result.displaced, told: result.told };
    case 'trip-declared':
      return { result: result.kind, ticket: result.ticket };
    case 'waiting':
      return { result: result.kind, wait: result.waitId };
    case 'version-raised':
      return { result: result.kind, ledgerVersion: result.ledgerVersion };
    default:
      return { result: result.kind };
  }
}

function reservationOf(operation: Operation, result: Result): string | undefined {
  if ('reservationId' in result) return result.reservationId;
  return 'reservationId' in operation ? operation.reservationId : undefined;
}

/** Of what was got, else of what was asked for; a site has no point until it was got. */
function pointsOf(operation: Operation, result: Result): readonly string[] {
  switch (result.kind) {
    case 'reserved':
    case 'updated':
    case 'trip-declared':
      return unique(result.stops.map(({ pointId }) => pointId));
    case 'released':
      return result.pointIds;
    case 'refused':
      if (result.conflicts.length > 0) return unique(result.conflicts.map(({ pointId }) => pointId));
      break;
    default:
      break;
  }
  if ('pointIds' in operation) return operation.pointIds;
  return 'pointId' in operation ? [operation.pointId] : [];
}

/** What came of it beyond the reservation that it is about: ends by time, displaced stops, offers. */
function putEvents(
  fields: Record<string, unknown>,
  events: readonly LedgerEvent[],
  reservation: string | undefined,
): void {
  const ended: string[] = [];
  const displaced: string[] = [];
  const offered: string[] = [];
  for (const event of events) {
    if (event.kind === 'reservation' && event.to !== 'HELD' && event.to !== 'CONFIRMED') {
      if (event.reservationId !== reservation) ended.push(`${event.reservationId} ${event.to}`);
    } else if (event.kind === 'stop' && event.to === 'DISPLACED') {
      displaced.push(`${event.reservationId}/${event.stop}`);
    } else if (event.kind === 'wait' && event.to === 'offered') offered.push(event.waitId);
  }
  put(fields, 'ends', ended);
  put(fields, 'displacedStops', displaced);
  put(fields, 'offers', offered);
}

/** Sets a field to a list that is not empty; where it is cut, `<name>Count` says how long it was. */
function put(fields: Record<string, unknown>, name: string, items: readonly string[]): void {
  if (items.length === 0) return;
  fields[name] = items.length > ITEMS_MAX ? items.slice(0, ITEMS_MAX) : items;
  if (items.length > ITEMS_MAX) fields[`${name}Count`] = items.length;
}

function unique(ids: readonly string[]): readonly string[] {
  if (ids.length < 2) return ids.filter((id) => id !== '');
  return [...new Set(ids)].filter((id) => id !== '');
}
