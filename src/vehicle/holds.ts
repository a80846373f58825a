/**
 * What a vehicle holds by the documented routes, as far as it knows. The ledger decides; this is the vehicle's picture of it, kept true by learning the
 * outcome of every write and by the clock: a reservation made by a documented route ends by itself when its window does.
 */
import type { VehicleClock } from './clock.js';
import type { VehicleNews } from './events.js';
import type { Holdings } from './journey.js';
import type { RestClient } from './rest-client.js';

export interface Holds extends Holdings {
  /** Reserves all or none. `false`: refused. Rejects when `signal` aborts before the outcome is known. */
  reserve(pointIds: readonly string[], signal: AbortSignal): Promise<boolean>;
  /** Frees a point; nothing to do when it is not held. Rejects likewise. */
  free(pointId: string, signal: AbortSignal): Promise<void>;
  /** What is left of the point's window; 0 when it is not held. */
  remainingMs(pointId: string): number;
}

export interface HoldsOptions {
  readonly rest: RestClient;
  readonly clock: VehicleClock;
  readonly windowMs: number;
  /** A request key that this vehicle never used. */
  readonly makeKey: () => string;
  readonly tell: (news: VehicleNews) => void;
}

export function createHolds({ rest, clock, windowMs, makeKey, tell }: HoldsOptions): Holds {
  const untilMs = new Map<string, number>();
  const unsure = new Set<string>();
  let refusal: readonly string[] = [];

  function remainingMs(pointId: string): number {
    return Math.max(0, (untilMs.get(pointId) ?? 0) - clock.nowMs());
  }

  function forgetEnded(): void {
    for (const pointId of [...untilMs.keys()]) if (remainingMs(pointId) === 0) untilMs.delete(pointId);
  }

  async function release(pointId: string, signal: AbortSignal): Promise<void> {
    unsure.add(pointId);
    const outcome = await rest.cancel([pointId], makeKey(), signal);
    unsure.delete(pointId);
    if (outcome.kind === 'rejected') {
      throw new Error(`${outcome.node} rejected the release of ${pointId}: ${outcome.reason}`);
    }
    untilMs.delete(pointId);
    tell({ kind: outcome.kind === 'done' ? 'freed' : 'ended', pointId, node: outcome.node });
  }

  return {
    async reserve(pointIds, signal) {
      for (const pointId of pointIds) unsure.add(pointId);
      const outcome = await rest.reserve(pointIds, makeKey(), signal);
      for (const pointId of pointIds) unsure.delete(pointId);
      if (outcome.kind === 'done') {
        const endMs = outcome.atMs + windowMs;
        for (const pointId of pointIds) untilMs.set(pointId, endMs);
        tell({ kind: 'reserved', pointIds, untilMs: endMs, node: outcome.node });
        return true;
      }
      if (outcome.kind === 'rejected') {
        throw new Error(`${outcome.node} rejected a reservation of ${pointIds.join(',')}: ${outcome.reason}`);
      }
      // A refusal that names none may mean any.
      refusal = outcome.pointIds.length > 0 ? outcome.pointIds : pointIds;
      tell({ kind: 'refused', pointIds: refusal, node: outcome.node });
      return false;
    },
    async free(pointId, signal) {
      forgetEnded();
      if (untilMs.has(pointId)) await release(pointId, signal);
    },
    async freeAll(signal) {
      forgetEnded();
      for (const pointId of new Set([...untilMs.keys(), ...unsure])) await release(pointId, signal);
    },
    remainingMs,
    current() {
      forgetEnded();
      return [...untilMs].map(([pointId, until]) => ({ pointId, untilMs: until }));
    },
    unsure: () => [...unsure],
    lastRefusal: () => refusal,
  };
}
