/** Calls for stories, with what a test does not care about filled in. */
import type { Operation, WantedStop } from '../../../src/ledger/command.js';
import type { Query } from '../../../src/ledger/query.js';
import { HOUR_MS } from '../../ledger/log.js';
import type { CommandCall, QueryCall } from '../mesh-history.js';

export const WINDOW_MS = 4 * HOUR_MS;

/** A command of a holder under a key, through the documented REST door. */
export function command(holder: string, requestKey: string, operation: Operation): CommandCall {
  return { kind: 'command', holder, requestKey, door: 'legacy-rest', traceId: '', operation };
}

/** Reserves points from now on, for four hours. */
export function reserveNow(...pointIds: readonly string[]): Operation {
  return { kind: 'reserve', stops: pointIds.map((pointId) => stopNow(pointId)), holdMs: 0 };
}

/** Reserves points from now on as a hold. */
export function holdNow(holdMs: number, ...pointIds: readonly string[]): Operation {
  return { kind: 'reserve', stops: pointIds.map((pointId) => stopNow(pointId)), holdMs };
}

export function releaseNow(...pointIds: readonly string[]): Operation {
  return { kind: 'release', pointIds, mode: 'all-or-none' };
}

export function linearizable(query: Query): QueryCall {
  return { kind: 'query', query, consistency: 'linearizable' };
}

export function stale(query: Query): QueryCall {
  return { kind: 'query', query, consistency: 'stale' };
}

/** As the documented routes read. */
export function either(query: Query): QueryCall {
  return { kind: 'query', query, consistency: 'either' };
}

export const ALL_POINTS: Query = { kind: 'points', windowMs: WINDOW_MS };

function stopNow(pointId: string): WantedStop {
  return { pointId, company: '', startMs: 'now', durationMs: WINDOW_MS };
}
