/** The rows of a node's ledger as the things they hold, with the fields that they are written with. */
import type { Answer } from '../../src/ledger/result.js';
import type { Company, KeyRecord, Route } from '../../src/ledger/state.js';
import type { FirstPoint, FirstReservation } from './model/rows.js';
import type { NodeRecord } from './run.js';

export interface NodeLedger {
  readonly node: string;
  readonly appliedIndex: number;
  readonly digest: string;
  readonly companies: ReadonlyMap<string, Company>;
  readonly points: ReadonlyMap<string, FirstPoint>;
  readonly routes: ReadonlyMap<string, Route>;
  readonly reservations: ReadonlyMap<string, FirstReservation>;
  /** The same, by the index of the entry that made them. */
  readonly reservationsByIndex: ReadonlyMap<number, FirstReservation>;
  readonly keys: readonly KeyRecord[];
}

/** Reads a node's rows. Throws an Error('run: …') for a row of a table that the checker does not know. */
export function readLedger({ node, appliedIndex, digest, rows }: NodeRecord): NodeLedger {
  const companies = new Map<string, Company>();
  const points = new Map<string, FirstPoint>();
  const routes = new Map<string, Route>();
  const reservations = new Map<string, FirstReservation>();
  const keys: KeyRecord[] = [];
  for (const { key, row } of rows) {
    const { v: _version, ...value } = JSON.parse(row) as Record<string, unknown> & { readonly id: string };
    switch (key.slice(0, 2)) {
      case 'c:':
        companies.set(value.id, value as unknown as Company);
        break;
      case 'p:':
        points.set(value.id, value as unknown as FirstPoint);
        break;
      case 'r:':
        routes.set(value.id, value as unknown as Route);
        break;
      case 'v:':
        reservations.set(value.id, value as unknown as FirstReservation);
        break;
      case 'k:':
        keys.push(value as unknown as KeyRecord & { answer: Answer });
        break;
      default:
        throw new Error(`run: ${node} has a row ${JSON.stringify(key)} of a table unknown to the checker`);
    }
  }
  const reservationsByIndex = new Map([...reservations.values()].map((each) => [each.madeIndex, each]));
  return { node, appliedIndex, digest, companies, points, routes, reservations, reservationsByIndex, keys };
}
