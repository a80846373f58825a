/**
 * Places among the rows of a cut. Sender and receiver each work out the chain from the rows themselves: equal places mean
 * the same rows, none missing, none changed, in the same order.
 */
import { hash128, toHex } from '../ledger/hash.js';
import type { SnapshotPlace, StateRow } from './ports.js';

/** Before all rows. */
export const BEGINNING: SnapshotPlace = { chunks: 0, rows: 0, chain: '0'.repeat(32) };

/** The place behind one more chunk, of these rows. */
export function behind(place: SnapshotPlace, rows: readonly StateRow[]): SnapshotPlace {
  let { chain } = place;
  for (const { key, row } of rows) chain = toHex(hash128(`${chain}\n${key}\n${row}`));
  return { chunks: place.chunks + 1, rows: place.rows + rows.length, chain };
}

export function isSamePlace(a: SnapshotPlace, b: SnapshotPlace): boolean {
  return a.chunks === b.chunks && a.rows === b.rows && a.chain === b.chain;
}
