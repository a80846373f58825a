/** The methods of ReservationService whose answers doors make out of several looks at the mesh: history and substitutes. */
import { eventMessage, foreignStopMessage } from '../codec/event-messages.js';
import { timestampOf, windowMessage } from '../codec/time-messages.js';
import { toUint64 } from '../codec/uint64.js';
import { type ForeignStop, type HistoryItem, historyOf } from '../doors/history.js';
import { findSubstitutes, type Substitute } from '../doors/substitutes.js';
import type { Event } from '../gen/malha/mesh/v1/event.js';
import type * as proto from '../gen/malha/mesh/v1/reservation.js';
import type { LedgerEvent } from '../ledger/event.js';
import { holderOf, idOf } from './fields.js';
import { ageOf, type Method, optionsOf } from './methods.js';
import { numberAfter, pageSizeOf } from './pages.js';
import { notFound, refusedAtDoor } from './problem.js';

/** What happened to a reservation, as its holder or this node's company may see it. */
export const listHistory: Method<proto.ListHistoryRequest, proto.ListHistoryResponse> = async (
  { mesh, company },
  request,
  { timeoutMs },
) => {
  const options = optionsOf(request.consistency, timeoutMs);
  const history = await historyOf(mesh, {
    reservationId: idOf(request.reservationId, 'reservation_id'),
    viewer:
      request.holder === ''
        ? { kind: 'company', company }
        : { kind: 'holder', holder: holderOf(request.holder) },
    afterIndex: numberAfter(request),
    limit: pageSizeOf(request),
    options,
  });
  if (history === null) return notFound('reservation');
  const { items, completeFrom, after, index, ageMs } = history;
  return {
    index: toUint64(index),
    age: ageOf(ageMs, options),
    items: items.map(historyItemMessage),
    nextPageToken: after === null ? '' : String(after),
    completeFrom: toUint64(completeFrom),
  };
};

/** What could take a stop's place. */
export const listSubstitutes: Method<proto.ListSubstitutesRequest, proto.ListSubstitutesResponse> = async (
  { mesh },
  request,
  { timeoutMs },
) => {
  const options = optionsOf(request.consistency, timeoutMs);
  const { maxDetourMetres } = request;
  const found = await findSubstitutes(mesh, {
    reservationId: idOf(request.reservationId, 'reservation_id'),
    stop: request.stop,
    holder: holderOf(request.holder),
    maxDetourKm: maxDetourMetres === undefined ? undefined : maxDetourMetres / 1_000,
    options,
  });
  if (found.kind === 'refused') return refusedAtDoor(found.reason);
  const { candidates, index, ageMs } = found;
  return {
    index: toUint64(index),
    age: ageOf(ageMs, options),
    candidates: candidates.map(substituteMessage),
  };
};

type StopStates = Pick<Extract<LedgerEvent, { readonly kind: 'stop' }>, 'from' | 'to'>;

function historyItemMessage(item: HistoryItem): proto.HistoryItem {
  const { door, originCompany, traceId, kind, who, result, events } = item;
  const refused = 'reason' in result ? result : { reason: '', conflicts: [] };
  return {
    index: toUint64(item.index),
    at: timestampOf(item.atMs),
    door,
    originCompany,
    traceId,
    operation: kind,
    holder: who,
    result: result.kind,
    reason: refused.reason,
    conflicts: [...refused.conflicts],
    events: events.map(happened),
  };
}

function substituteMessage(substitute: Substitute): proto.SubstitutePoint {
  const { pointId, company, place, connector, powerKw, detourKm } = substitute;
  return {
    ...{ pointId, company, place, connector },
    powerWatts: Math.round(powerKw * 1_000),
    detourMetres: Math.round(detourKm * 1_000),
    window: windowMessage(substitute),
  };
}

function happened(event: LedgerEvent | ForeignStop): Event {
  if (event.kind !== 'stop' || 'pointId' in event) return eventMessage(event);
  // What is told of such a stop is what the ledger said of it.
  return foreignStopMessage(event as ForeignStop & StopStates);
}
