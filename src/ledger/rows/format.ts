/**
 * One kind of row as text and back. A row has exactly one text (fixed field order, no blanks, a version):
 * what is read back must write the same text again, so that equal states have equal digests.
 */
import { type Fields, fieldsOf } from './checks.js';

/** Version of a row's text as the first program wrote it; a later one must still read this. */
export const ROW_VERSION = 1;

/**
 * Version of a text with fields that the first one lacks. A row is written in it exactly when one of them says more
 * than the first version could: what version 1 of the ledger makes keeps the text, and the digest, that it had.
 */
export const ROW_VERSION_2 = 2;

export interface RowFormat<T> {
  /** The table: one letter and a colon, first in each row's key. */
  readonly prefix: string;
  /** The rest of a row's key: unique within the table. */
  id(value: T): string;
  write(value: T): string;
  /** Throws when a field is missing or not what it should be. `fields.v` is the version of the text. */
  read(fields: Fields): T;
}

/** Reads a row's text. Throws an Error that says what is wrong when the text is not the canonical text of a row. */
export function readRow<T>(format: RowFormat<T>, text: string): T {
  const fields = fieldsOf(JSON.parse(text));
  if (fields.v !== ROW_VERSION && fields.v !== ROW_VERSION_2)
    throw new Error(`row version ${JSON.stringify(fields.v)} is unknown`);
  const value = format.read(fields);
  if (format.write(value) !== text) throw new Error('a row whose text is not canonical');
  return value;
}
