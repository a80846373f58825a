/**
 * One kind of row as text and back. A row has exactly one text (fixed field order, no blanks, a version):
 * what is read back must write the same text again, so that equal states have equal digests.
 */
import { type Fields, fieldsOf } from './checks.js';

/** Version of every row's text; a later one must still read this. */
export const ROW_VERSION = 1;

export interface RowFormat<T> {
  /** The table: one letter and a colon, first in each row's key. */
  readonly prefix: string;
  /** The rest of a row's key: unique within the table. */
  id(value: T): string;
  write(value: T): string;
  /** Throws when a field is missing or not what it should be. */
  read(fields: Fields): T;
}

/** Reads a row's text. Throws an Error that says what is wrong when the text is not the canonical text of a row. */
export function readRow<T>(format: RowFormat<T>, text: string): T {
  const fields = fieldsOf(JSON.parse(text));
  if (fields.v !== ROW_VERSION) throw new Error(`row version ${JSON.stringify(fields.v)} is unknown`);
  const value = format.read(fields);
  if (format.write(value) !== text) throw new Error('a row whose text is not canonical');
  return value;
}
