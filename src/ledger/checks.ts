/**
 * What texts and numbers of a command must look like. Doors check their input too; the ledger trusts none
 * of them, for a row once written is read for ever.
 */
import {
  HOLDER_LENGTH_MAX,
  ID_LENGTH_MAX,
  NAME_LENGTH_MAX,
  QUANTITY_MAX,
  REQUEST_KEY_LENGTH_MAX,
} from './limits.js';

const ID_CHARACTERS = /^[A-Za-z0-9_.-]+$/;
const PRINTABLE_ASCII = /^[ -~]+$/;

/** An id of a company, point or route: fit for topics, paths and row keys. */
export function isId(text: string): boolean {
  return isReference(text) && ID_CHARACTERS.test(text);
}

/** A text that a request may name a point or company by. It need not be an id: then it names nothing. */
export function isReference(text: string): boolean {
  return text.length <= ID_LENGTH_MAX;
}

export function isName(text: string): boolean {
  return text.length > 0 && text.length <= NAME_LENGTH_MAX;
}

export function isHolder(text: string): boolean {
  return text.length <= HOLDER_LENGTH_MAX && PRINTABLE_ASCII.test(text);
}

export function isRequestKey(text: string): boolean {
  return text.length <= REQUEST_KEY_LENGTH_MAX && PRINTABLE_ASCII.test(text);
}

/** Whether `n` is an integer from `min` to `max`, both included. */
export function isWithin(n: number, min: number, max: number): boolean {
  return Number.isSafeInteger(n) && n >= min && n <= max;
}

/** Metres or watts. */
export function isQuantity(n: number): boolean {
  return isWithin(n, 0, QUANTITY_MAX);
}
