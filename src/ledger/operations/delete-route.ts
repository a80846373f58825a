/** A route is taken away; its points stay. */
import { isReference } from '../checks.js';
import type { OperationOf } from '../command.js';
import { ID_LENGTH_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { refused } from '../refusal.js';
import type { Result } from '../result.js';
import type { Context } from './context.js';

/** The owner deletes a route. Nothing is reserved by route, so nothing else changes. */
export function deleteRoute(
  memory: Memory,
  { routeId }: OperationOf<'delete-route'>,
  { command }: Context,
): Result {
  const company = command.originCompany;
  if (!isReference(routeId)) return refused('INVALID', `an id has at most ${ID_LENGTH_MAX} characters`);
  if (!memory.companies.has(company)) return refused('UNKNOWN_COMPANY');
  const route = memory.routes.get(routeId);
  if (route === undefined) return refused('UNKNOWN_ROUTE');
  if (route.company !== company) return refused('NOT_OWNER');
  memory.routes.delete(routeId);
  return { kind: 'removed', id: routeId };
}
