/**
 * Places in the ledger's lines of one kind of file: the k-th line that the entry at `index` made there, from 0. What an
 * entry says never changes, so that a place names the same line whenever it is made.
 */

export interface Place {
  readonly index: number;
  /** `WHOLE_ENTRY` for all lines of that entry. */
  readonly k: number;
}

export const WHOLE_ENTRY = Number.MAX_SAFE_INTEGER;

export const BEGINNING: Place = { index: 0, k: WHOLE_ENTRY };

export function isBehind({ index, k }: Place, place: Place): boolean {
  return index < place.index || (index === place.index && k <= place.k);
}

export function later(one: Place, other: Place): Place {
  return isBehind(one, other) ? other : one;
}
