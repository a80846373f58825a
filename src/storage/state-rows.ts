/**
 * The rows of the state database. Every row is text in the frame of checked-row.ts.
 *
 * | key      | body                                                                     |
 * |----------|--------------------------------------------------------------------------|
 * | `m`      | format:1, then the meta as JSON; the last row of a state that was staged  |
 * | `r` key  | the ledger's row                                                         |
 */
import type { StateMeta } from '../replica/ports.js';
import { bodyOf, faultOf, newRow, sealRow } from './checked-row.js';
import { DamagedStore } from './errors.js';
import { type BinaryLevel, type LevelSnapshot, pagesOf } from './level-db.js';

export const META_KEY: Buffer = Buffer.from('m');
const ROWS_BEGIN = Buffer.from('r');
const ROWS_END = Buffer.from('s');

/** Of the meta. The first one began with the `{` of its JSON and told no configuration. */
const FORMAT = 2;

export function rowKey(key: string): Buffer {
  return Buffer.concat([ROWS_BEGIN, Buffer.from(key)]);
}

export function textRow(key: Buffer, text: string): Buffer {
  const row = newRow(Buffer.byteLength(text));
  bodyOf(row).write(text);
  sealRow(key, row);
  return row;
}

export function metaRow(meta: StateMeta): Buffer {
  return textRow(META_KEY, `${String.fromCharCode(FORMAT)}${JSON.stringify(meta)}`);
}

/** The rows of the database at `location`, checked, as text. Throws DamagedStore for the first unsound one. */
export async function* textPages(
  db: BinaryLevel,
  location: string,
  snapshot?: LevelSnapshot,
): AsyncGenerator<{ readonly key: string; readonly row: string }[]> {
  for await (const page of pagesOf(db, ROWS_BEGIN, ROWS_END, snapshot)) {
    yield page.map(([key, row]) => ({
      key: key.toString('utf8', ROWS_BEGIN.length),
      row: readText(location, key, row),
    }));
  }
}

/** The meta of a state; null when there is none. Throws DamagedStore when it is unsound or of another format. */
export async function readMeta(
  db: BinaryLevel,
  location: string,
  snapshot?: LevelSnapshot,
): Promise<StateMeta | null> {
  const row = await db.get(META_KEY, snapshot === undefined ? {} : { snapshot });
  if (row === undefined) return null;
  const text = readText(location, META_KEY, row);
  if (text.charCodeAt(0) !== FORMAT) {
    throw new DamagedStore(
      location,
      null,
      `meta of format ${FORMAT}`,
      `one that begins with ${text.charCodeAt(0)}`,
    );
  }
  // Sound under its checksum, so it is what this project wrote.
  return JSON.parse(text.slice(1)) as StateMeta;
}

function readText(location: string, key: Buffer, row: Buffer): string {
  const fault = faultOf(key, row);
  if (fault !== null) {
    throw new DamagedStore(location, null, `a sound row ${JSON.stringify(key.toString())}`, fault);
  }
  return bodyOf(row).toString();
}
