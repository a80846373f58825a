/**
 * The rows of the state database. Every row is text in the frame of checked-row.ts.
 *
 * | key      | body                                                                     |
 * |----------|--------------------------------------------------------------------------|
 * | `m`      | format:1, then the meta as JSON; the last row of a state that was staged  |
 * | `r` key  | the ledger's row                                                         |
 */
import type { StateMeta, StateRow } from '../replica/ports.js';
import { bodyOf, bodyUnder, faultOf, newRow, ofLaterVersion, sealRow } from './checked-row.js';
import { DamagedStore } from './errors.js';
import { type BinaryLevel, type LevelSnapshot, PAGE_BYTES, pagesIn } from './level-db.js';

export const META_KEY: Buffer = Buffer.from('m');
const ROWS_BEGIN = 'r';
const ROWS_END = 's';

/** Of the meta. The first one began with the `{` of its JSON and told no configuration, the second no members. */
const FORMAT = 3;
const FORMAT_WITHOUT_MEMBERS = 2;
const FIRST_FORMAT = '{'.charCodeAt(0);

export function rowKey(key: string): Buffer {
  return Buffer.from(ROWS_BEGIN + key);
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

/** The rows of the database at `location`, behind the key `after` or all, checked, as text. Throws DamagedStore for the first unsound one. */
export async function* textPages(
  db: BinaryLevel,
  location: string,
  snapshot?: LevelSnapshot,
  after?: string,
): AsyncGenerator<readonly StateRow[]> {
  const iterator = db.iterator({
    keyEncoding: 'utf8',
    // No key is between one and itself with a zero behind it.
    gte: after === undefined ? ROWS_BEGIN : `${ROWS_BEGIN}${after}\0`,
    lt: ROWS_END,
    highWaterMarkBytes: PAGE_BYTES,
    ...(snapshot === undefined ? {} : { snapshot }),
  });
  for await (const page of pagesIn(iterator)) {
    yield page.map(([key, row]) => {
      const body = bodyUnder(key, row);
      if (typeof body === 'string') throw unsound(location, key, body);
      return new StoredText(key.slice(ROWS_BEGIN.length), body);
    });
  }
}

/** A row as it was read: text only for who asks for it. */
class StoredText implements StateRow {
  #row: string | null = null;

  constructor(
    readonly key: string,
    readonly utf8: Buffer,
  ) {}

  get row(): string {
    this.#row ??= this.utf8.toString();
    return this.#row;
  }
}

/** The meta of a state; null when there is none. Throws DamagedStore when it is unsound or of the first format. */
export async function readMeta(
  db: BinaryLevel,
  location: string,
  snapshot?: LevelSnapshot,
): Promise<StateMeta | null> {
  const row = await db.get(META_KEY, snapshot === undefined ? {} : { snapshot });
  if (row === undefined) return null;
  const text = readText(location, META_KEY, row);
  // Sound under its checksum, so it is what this project wrote.
  switch (text.charCodeAt(0)) {
    case FORMAT:
      return JSON.parse(text.slice(1)) as StateMeta;
    case FORMAT_WITHOUT_MEMBERS:
      return { ...(JSON.parse(text.slice(1)) as Omit<StateMeta, 'members'>), members: [] };
    case FIRST_FORMAT:
      throw new DamagedStore(location, null, `meta of format ${FORMAT}`, 'one of the first format');
    default:
      throw ofLaterVersion(`a state of format ${text.charCodeAt(0)}`);
  }
}

function readText(location: string, key: Buffer, row: Buffer): string {
  const fault = faultOf(key, row);
  if (fault !== null) throw unsound(location, key.toString(), fault);
  return bodyOf(row).toString();
}

function unsound(location: string, key: string, fault: string): DamagedStore {
  return new DamagedStore(location, null, `a sound row ${JSON.stringify(key)}`, fault);
}
