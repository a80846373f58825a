/**
 * Companies, points and routes. Only the owner's node registers a thing or changes it, and doing so again
 * with the same data changes nothing.
 */
import { isId, isName, isQuantity, isWithin } from '../checks.js';
import type { OperationOf } from '../command.js';
import { ID_LENGTH_MAX, NAME_LENGTH_MAX, ROUTE_POINTS_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { siteKey } from '../place.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import { FIRST_POINT_FIELDS } from '../rows/point-row.js';
import type { Point } from '../state.js';
import { FOREVER_MS } from './booked.js';
import type { Context } from './context.js';

const REGISTERED: Result = { kind: 'registered' };

const NEW_POINT = { status: 'available', ...FIRST_POINT_FIELDS } as const;

const LATITUDE_MAX = 90_000_000;
const LONGITUDE_MAX = 180_000_000;

/** The origin company registers itself, or renames itself. */
export function registerCompany(
  memory: Memory,
  { name, displayId }: OperationOf<'register-company'>,
  { command }: Context,
): Result {
  const id = command.originCompany;
  if (!isId(id)) return refused('INVALID', notAnId('the origin company'));
  if (!isId(displayId)) return refused('INVALID', notAnId('the display id'));
  if (!isName(name)) return refused('INVALID', notAName('the name'));
  memory.companies.put({ id, name, displayId });
  return REGISTERED;
}

/** A company registers a point of its own, or corrects its data. Status and bookings stay as they are. */
export function registerPoint(
  memory: Memory,
  operation: OperationOf<'register-point'>,
  { atMs, command }: Context,
): Result {
  const fault = pointFault(operation);
  if (fault !== null) return refused('INVALID', fault);
  const company = command.originCompany;
  if (memory.companies.get(company) === undefined) return refused('UNKNOWN_COMPANY');
  const before = memory.points.get(operation.pointId);
  if (before !== undefined && before.company !== company) return refused('NOT_OWNER');
  if (before?.leaving) return refused('HAS_BOOKINGS', 'the point is leaving, and goes with its last stop');
  const { pointId, place, latitudeMicrodegrees, longitudeMicrodegrees, connector, powerWatts } = operation;
  const after: Point = {
    ...(before ?? NEW_POINT),
    id: pointId,
    company,
    place,
    latitudeMicrodegrees,
    longitudeMicrodegrees,
    connector,
    powerWatts,
  };
  memory.points.put(after);
  // Who waits at its site may be given it now.
  if (!isSameOffer(before, after)) memory.markFreed(pointId, atMs, FOREVER_MS);
  return REGISTERED;
}

/**
 * The company of a route's first point registers the route, or changes it. Later points may be anyone's, and may
 * be unknown: they show once they are registered.
 */
export function registerRoute(
  memory: Memory,
  operation: OperationOf<'register-route'>,
  { command }: Context,
): Result {
  const fault = routeFault(operation);
  if (fault !== null) return refused('INVALID', fault);
  const { routeId, name, pointIds, legMetres } = operation;
  const company = command.originCompany;
  const first = memory.points.get(pointIds[0]!);
  if (first === undefined) return refused('INVALID', 'the first point of a route must be registered');
  const before = memory.routes.get(routeId);
  if (first.company !== company || (before !== undefined && before.company !== company)) {
    return refused('NOT_OWNER');
  }
  memory.routes.put({ id: routeId, name, company, pointIds, legMetres });
  return REGISTERED;
}

/** Whether all that wishes for a site ask of a point stayed as it was. */
function isSameOffer(before: Point | undefined, after: Point): boolean {
  if (before === undefined) return false;
  return siteKey(before) === siteKey(after) && before.powerWatts === after.powerWatts;
}

function pointFault(point: OperationOf<'register-point'>): string | null {
  if (!isId(point.pointId)) return notAnId('the point id');
  if (!isName(point.place)) return notAName('the place');
  if (!isName(point.connector)) return notAName('the connector');
  if (!isWithin(point.latitudeMicrodegrees, -LATITUDE_MAX, LATITUDE_MAX)) {
    return 'the latitude is out of range';
  }
  if (!isWithin(point.longitudeMicrodegrees, -LONGITUDE_MAX, LONGITUDE_MAX)) {
    return 'the longitude is out of range';
  }
  if (!isQuantity(point.powerWatts)) return 'the power is out of range';
  return null;
}

function routeFault({ routeId, name, pointIds, legMetres }: OperationOf<'register-route'>): string | null {
  if (!isId(routeId)) return notAnId('the route id');
  if (!isName(name)) return notAName('the name');
  if (!isWithin(pointIds.length, 1, ROUTE_POINTS_MAX)) return `a route has 1 to ${ROUTE_POINTS_MAX} points`;
  if (!pointIds.every(isId)) return notAnId('every point id');
  if (legMetres.length !== pointIds.length - 1) return 'a route has one leg fewer than points';
  if (!legMetres.every(isQuantity)) return 'a leg is out of range';
  return null;
}

function notAnId(what: string): string {
  return `${what} must be 1 to ${ID_LENGTH_MAX} of the characters A-Z a-z 0-9 _ . -`;
}

function notAName(what: string): string {
  return `${what} must have 1 to ${NAME_LENGTH_MAX} characters`;
}
