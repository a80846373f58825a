/** Rows of a ledger for tests: read, changed, and made into a ledger again. */
import { SetDigest } from '../../src/ledger/digest.js';
import { hash128 } from '../../src/ledger/hash.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { readRow } from '../../src/ledger/rows/format.js';
import { RESERVATION_ROW } from '../../src/ledger/rows/reservation-row.js';
import type { Reservation, StoredRow } from '../../src/ledger/state.js';

export interface TextRow {
  readonly key: string;
  readonly row: string;
}

/** The digest of rows, from scratch. */
export function digestOf(rows: Iterable<TextRow>): string {
  const digest = new SetDigest();
  for (const { key, row } of rows) digest.add(hash128(`${key}\n${row}`));
  return digest.hex();
}

/** The reservation of a row. */
export function reservationIn(row: string): Reservation {
  return readRow(RESERVATION_ROW, row);
}

/** The row as a store has it. */
export function withBytes({ key, row }: TextRow): StoredRow {
  return { key, row, utf8: new TextEncoder().encode(row) };
}

/** A ledger with the same rows but one, and a digest that fits. Throws when nothing changed. */
export function withRowChanged(ledger: Ledger, key: string, change: (row: string) => string): Ledger {
  let changed = false;
  const rows = [...ledger.rows()].map((old) => {
    if (old.key !== key) return old;
    const row = change(old.row);
    changed = row !== old.row;
    return { key, row };
  });
  if (!changed) throw new Error(`the test changed nothing in ${JSON.stringify(key)}`);
  return Ledger.restore(rows, { ...ledger.meta(), digest: digestOf(rows) });
}
