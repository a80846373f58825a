/** A company registers itself, its own points, and routes that begin at one of them; again changes the data. */
import type { OperationOf } from '../../../src/ledger/command.js';
import type { Result } from '../../../src/ledger/result.js';
import type { Context } from './context.js';
import { markFreed } from './happens.js';
import { FOREVER_MS, isBetween, isId, isName, isQuantity } from './limits.js';
import { plainPlace } from './order.js';
import { refused } from './refused.js';
import { LATER_OF_POINT } from './rows.js';
import type { LedgerState } from './state.js';

const REGISTERED: Result = { kind: 'registered' };

export function registerCompany(
  ledger: LedgerState,
  { name, displayId }: OperationOf<'register-company'>,
  { command: { originCompany: id } }: Context,
): Result {
  if (!isId(id) || !isId(displayId) || !isName(name)) return refused('INVALID');
  ledger.companies.set(id, { id, name, displayId });
  return REGISTERED;
}

export function registerPoint(
  ledger: LedgerState,
  operation: OperationOf<'register-point'>,
  { command: { originCompany: company } }: Context,
): Result {
  const {
    pointId: id,
    place,
    latitudeMicrodegrees,
    longitudeMicrodegrees,
    connector,
    powerWatts,
  } = operation;
  const isSound =
    isId(id) &&
    isName(place) &&
    isName(connector) &&
    isBetween(latitudeMicrodegrees, -90_000_000, 90_000_000) &&
    isBetween(longitudeMicrodegrees, -180_000_000, 180_000_000) &&
    isQuantity(powerWatts);
  if (!isSound) return refused('INVALID');
  if (!ledger.companies.has(company)) return refused('UNKNOWN_COMPANY');
  const before = ledger.points.get(id);
  if (before !== undefined && before.company !== company) return refused('NOT_OWNER');
  if (before?.leaving) return refused('HAS_BOOKINGS');
  const data = { place, latitudeMicrodegrees, longitudeMicrodegrees, connector, powerWatts };
  ledger.points.set(id, { ...LATER_OF_POINT, status: 'available', ...before, id, company, ...data });
  const isAsBefore =
    before !== undefined &&
    plainPlace(before.place) === plainPlace(place) &&
    before.connector === connector &&
    before.powerWatts === powerWatts;
  // Who waits at its site may be given it now.
  if (!isAsBefore) markFreed(ledger, id, ledger.nowMs, FOREVER_MS);
  return REGISTERED;
}

export function registerRoute(
  ledger: LedgerState,
  { routeId: id, name, pointIds, legMetres }: OperationOf<'register-route'>,
  { command: { originCompany: company } }: Context,
): Result {
  const isSound =
    isId(id) &&
    isName(name) &&
    isBetween(pointIds.length, 1, 200) &&
    pointIds.every(isId) &&
    legMetres.length === pointIds.length - 1 &&
    legMetres.every(isQuantity);
  const first = ledger.points.get(pointIds[0] ?? '');
  if (!isSound || first === undefined) return refused('INVALID');
  const before = ledger.routes.get(id);
  if (first.company !== company || (before !== undefined && before.company !== company)) {
    return refused('NOT_OWNER');
  }
  ledger.routes.set(id, { id, name, company, pointIds, legMetres });
  return REGISTERED;
}
