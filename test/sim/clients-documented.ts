/** What a client of the first hour wants: stops from now on or later, perhaps held, and to give them back. */
import type { WantedStop } from '../../src/ledger/command.js';
import type { Chance } from './chance.js';
import type { Want } from './clients.js';
import type { ClientMemory } from './clients-memory.js';

const MINUTE_MS = 60_000;

export function documentedWish(memory: ClientMemory, chance: Chance): Want {
  if (memory.held.length > 0 && chance.hits(150_000)) {
    const mode = chance.pick(['all-or-none', 'any'] as const);
    return { operation: { kind: 'release', pointIds: memory.held, mode }, door: 'legacy-mqtt' };
  }
  const now = chance.hits(400_000);
  const minute = Math.floor(memory.ledgerMs / MINUTE_MS);
  const startMs = now ? 'now' : (minute + chance.between(1, 60)) * MINUTE_MS;
  const stops = memory.somePoints(chance).map(
    (pointId): WantedStop => ({
      pointId,
      company: '',
      startMs,
      durationMs: chance.pick([1, 2]) * MINUTE_MS,
    }),
  );
  const holdMs = chance.hits(600_000) ? chance.between(1_000, 3_000) : 0;
  return { operation: { kind: 'reserve', stops, holdMs }, door: now ? 'legacy-rest' : 'rest' };
}
