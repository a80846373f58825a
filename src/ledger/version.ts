/**
 * Which ledger version an operation needs. A command says at least this, so that a replica whose program or mesh is
 * older refuses it by the envelope alone, before it looks at fields that it may not know.
 */
import type { Operation, WantedStop } from './command.js';

/** The version that a mesh starts with. */
export const FIRST_VERSION = 1;

/** The newest ledger version that this code understands. */
export const LEDGER_VERSION = 2;

/** The lowest version whose rules know all of this operation. */
export function versionOf(operation: Operation): number {
  switch (operation.kind) {
    case 'register-company':
    case 'register-point':
    case 'register-route':
    case 'release':
    case 'expire':
    case 'raise-version':
      return 1;
    case 'reserve':
      return operation.afterNoShow !== undefined || operation.stops.some(isSite) ? 2 : 1;
    default:
      return 2;
  }
}

function isSite(stop: WantedStop): boolean {
  return stop.site !== undefined;
}
