/** Times, stops and words of companies, relative to the time of a ledger. */
import { timeText } from '../../src/doors/times.js';
import type { Operation } from '../../src/ledger/command.js';
import type { Answer } from '../../src/ledger/result.js';
import { type LoneLedger, SingleMesh } from '../support/single-mesh.js';
import type { Json } from './door-fixture.js';

export const MINUTE_MS = 60_000;

/** A time so many minutes from ledger time. */
export function minutesFrom({ nowMs }: LoneLedger, minutes: number): string {
  return timeText(nowMs + minutes * MINUTE_MS);
}

/** A stop at a point, for half an hour. */
export function stopFrom(lone: LoneLedger, ponto_id: string, fromMinutes: number): Json {
  return { ponto_id, inicio: minutesFrom(lone, fromMinutes), fim: minutesFrom(lone, fromMinutes + 30) };
}

/** What a company says by its own node. */
export function companySays(lone: LoneLedger, company: string, operation: Operation): Promise<Answer> {
  const requestKey = `${company}-${lone.index}`;
  const wish = { door: 'rest', holder: company, requestKey, keyKind: 'node' } as const;
  const traceId = '0'.repeat(32);
  return new SingleMesh(lone, company).submit({ ...wish, traceId, operation }, { timeoutMs: 1_000 });
}
