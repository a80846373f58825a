/**
 * The row that is being loaded, as the bytes that its hash is of: its key, a line feed, its text. One object for all rows of
 * a state, with room of its own, so that a million of them leave nothing behind.
 *
 * A row of printable ASCII is plain: there a character is a byte, and who knows what comes next reads it from here
 * (scanner.ts). Of any other only the text means something.
 */
import { type Hash128, hash128, hashOfAscii } from '../hash.js';
import type { StoredRow } from '../state.js';

/** Of a plain row with its key: a longer one is read the long way. */
const BYTES_MAX = 64 * 1024;
/** Zeros behind the end, up to a whole block of the hash. */
const FILLING = 8;
const LINE_FEED = 0x0a;
/** One letter and a colon. */
const PREFIX_LENGTH = 2;

export class RowAtHand {
  readonly bytes = new Uint8Array(BYTES_MAX + FILLING);
  readonly view = new DataView(this.bytes.buffer);
  /** Where the text of a plain row begins and ends. */
  begin = 0;
  end = 0;
  isPlain = false;
  /** The key without the table's prefix. */
  id = '';
  hash: Hash128 = { a: 0, b: 0, c: 0, d: 0 };
  #row: StoredRow = { key: '', row: '' };

  /** Puts `row` in the place of the one before it. */
  take(row: StoredRow): void {
    this.#row = row;
    this.id = row.key.slice(PREFIX_LENGTH);
    const hash = this.#copy(row) ? hashOfAscii(this.view, this.end) : null;
    this.isPlain = hash !== null;
    this.hash = hash ?? hash128(row.row, `${row.key}\n`);
  }

  get key(): string {
    return this.#row.key;
  }

  get text(): string {
    return this.#row.row;
  }

  /** False when there is no room for it, or a character takes more than a byte. */
  #copy(row: StoredRow): boolean {
    const { bytes } = this;
    const { key, utf8 } = row;
    this.begin = key.length + 1;
    this.end = this.begin + (utf8 ?? row.row).length;
    if (this.end > BYTES_MAX || !copyText(key, bytes, 0)) return false;
    bytes[key.length] = LINE_FEED;
    if (utf8 !== undefined) bytes.set(utf8, this.begin);
    else if (!copyText(row.row, bytes, this.begin)) return false;
    this.view.setInt32(this.end, 0);
    this.view.setInt32(this.end + 4, 0);
    return true;
  }
}

/** False when a character takes more than a byte. */
function copyText(text: string, bytes: Uint8Array, at: number): boolean {
  let seen = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    seen |= unit;
    bytes[at + i] = unit;
  }
  return seen < 0x100;
}
