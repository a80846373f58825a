/** The rows of a node's ledger: as they are written, and those of points, reservations and keys as the things they hold. */
import type { KeyRecord, Point, Reservation } from '../../src/ledger/state.js';
import { readPoint, readReservation, type Written } from './model/rows.js';
import type { NodeRecord } from './run.js';

export interface NodeLedger {
  readonly node: string;
  readonly appliedIndex: number;
  readonly digest: string;
  /** Every row but those of request keys, by key. */
  readonly rows: ReadonlyMap<string, Written>;
  readonly points: ReadonlyMap<string, Point>;
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** Those that an entry made for who asked, by its index; offers from the waiting list aside. */
  readonly reservationsByIndex: ReadonlyMap<number, Reservation>;
  readonly keys: readonly KeyRecord[];
}

/** The tables whose rows the checker knows. The head of the audit trail is only compared between nodes. */
const TABLES = 'acfhnprtvwy';

/** Reads a node's rows. Throws an Error('run: …') for a row of a table that the checker does not know. */
export function readLedger({ node, appliedIndex, digest, rows: texts }: NodeRecord): NodeLedger {
  const rows = new Map<string, Written>();
  const points = new Map<string, Point>();
  const reservations = new Map<string, Reservation>();
  const keys: KeyRecord[] = [];
  for (const { key, row } of texts) {
    const { v, ...value } = JSON.parse(row) as Written & { readonly id: string };
    if (key.startsWith('k:')) {
      keys.push(value as unknown as KeyRecord);
      continue;
    }
    if (key[1] !== ':' || !TABLES.includes(key[0]!)) {
      throw new Error(`run: ${node} has a row ${JSON.stringify(key)} of a table unknown to the checker`);
    }
    rows.set(key, { v, ...value });
    if (key.startsWith('p:')) points.set(value.id, readPoint(value));
    if (key.startsWith('v:')) reservations.set(value.id, readReservation(value));
  }
  const asked = [...reservations.values()].filter(({ waitId }) => waitId === '');
  const reservationsByIndex = new Map(asked.map((each) => [each.madeIndex, each]));
  return { node, appliedIndex, digest, rows, points, reservations, reservationsByIndex, keys };
}
