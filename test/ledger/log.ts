/** A log of one ledger for tests: makes commands with what a test does not care about, and applies them in order. */
import type { Command, LedgerEntry, Operation, WantedPoint, WantedStop } from '../../src/ledger/command.js';
import { type Applied, Ledger } from '../../src/ledger/ledger.js';
import type { RefusalReason, Result } from '../../src/ledger/result.js';
import { versionOf } from '../../src/ledger/version.js';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Where tests start: 2026-01-01T00:00:00Z. */
export const START_MS = 1_767_225_600_000;

/** The ledger's own operations, which come without a key. */
const OWN: ReadonlySet<Operation['kind']> = new Set(['expire', 'prune', 'raise-version']);

export type Envelope = Partial<Omit<Command, 'operation'>>;

export class Log {
  readonly entries: LedgerEntry[] = [];
  /** Ledger time that the next entry is stamped with. */
  atMs = START_MS;

  constructor(readonly ledger = Ledger.empty()) {}

  /** Applies an operation under a fresh key, unless the envelope says otherwise. */
  apply(operation: Operation, envelope: Envelope = {}): Applied {
    const index = this.ledger.meta().appliedIndex + 1;
    const own = OWN.has(operation.kind);
    const command: Command = {
      ledgerVersion: versionOf(operation),
      requestKey: own ? '' : `key-${index}`,
      keyKind: 'node',
      holder: 'vehicle-1',
      door: own ? 'node' : 'rest',
      originCompany: 'empresa_a',
      traceId: '0'.repeat(32),
      notAfterMs: this.atMs + 10_000,
      operation,
      ...envelope,
    };
    const entry = { index, atMs: this.atMs, command };
    this.entries.push(entry);
    return this.ledger.apply(entry, 1);
  }

  /** The result alone. */
  result(operation: Operation, envelope: Envelope = {}): Result {
    return this.apply(operation, envelope).answer.result;
  }

  /** All rows as they are now, by key. */
  rows(): Map<string, string> {
    return new Map([...this.ledger.rows()].map(({ key, row }) => [key, row]));
  }
}

/** Companies A, B and C with points 1 (Feira de Santana, A), 2 (Salvador, A), 3 (Valente, B), 4 (Amargosa, C). */
export function seededLog(): Log {
  const log = new Log();
  const companies = [
    ['empresa_a', '1', 'HenryVolt'],
    ['empresa_b', '2', 'LaizaCharge'],
    ['empresa_c', '3', 'MarioPower'],
  ] as const;
  for (const [originCompany, displayId, name] of companies) {
    log.apply({ kind: 'register-company', name, displayId }, { originCompany });
  }
  log.apply(point('1', 'Feira de Santana'), { originCompany: 'empresa_a' });
  log.apply(point('2', 'Salvador'), { originCompany: 'empresa_a' });
  log.apply(point('3', 'Valente'), { originCompany: 'empresa_b' });
  log.apply(point('4', 'Amargosa'), { originCompany: 'empresa_c' });
  return log;
}

export function point(pointId: string, place = 'Salvador'): Extract<Operation, { kind: 'register-point' }> {
  return {
    kind: 'register-point',
    pointId,
    place,
    latitudeMicrodegrees: -12_971_400,
    longitudeMicrodegrees: -38_501_400,
    connector: 'CCS2',
    powerWatts: 50_000,
  };
}

export function route(routeId: string, pointIds: readonly string[], legMetres: readonly number[]): Operation {
  return { kind: 'register-route', routeId, name: `Rota ${routeId}`, pointIds, legMetres };
}

export function stop(pointId: string, more: Partial<Omit<WantedPoint, 'site'>> = {}): WantedPoint {
  return { pointId, company: '', startMs: 'now', durationMs: HOUR_MS, ...more };
}

export function reserve(stops: readonly WantedStop[], holdMs = 0): Operation {
  return { kind: 'reserve', stops, holdMs };
}

export function release(pointIds: readonly string[], mode: 'all-or-none' | 'any' = 'all-or-none'): Operation {
  return { kind: 'release', pointIds, mode };
}

/** What a refusal looks like, for `toMatchObject`. */
export function refusal(reason: RefusalReason) {
  return { kind: 'refused', reason } as const;
}

/** Row changes other than those of request keys and of the audit trail's head. */
export function changesBeyondKeys(applied: Applied): readonly string[] {
  return applied.changes.map(({ key }) => key).filter((key) => !/^[ak]:/.test(key));
}
