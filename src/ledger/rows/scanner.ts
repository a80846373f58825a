/**
 * Reads a row's text from left to right, by who knows what comes next: quicker than parsing it as any JSON and writing it
 * again to see whether it was canonical, because what is read is canonical or is not read.
 *
 * It takes the plain part of canonical JSON alone: printable ASCII without escapes, whole numbers from 0 on. Anything else
 * makes it `failed`: nothing it gave means anything then, and the long way says what the text is.
 */
import { Literal } from './literal.js';
import type { RowAtHand } from './row-at-hand.js';
import { isText, type SharedTexts, textOf } from './shared-texts.js';
import type { Words } from './words.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CLOSING = 0x5d;
const ZERO = 0x30;
/** More digits could be beyond the whole numbers that are exact. */
const DIGITS_MAX = 15;

export class Scanner {
  failed = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #end = 0;

  /** From the beginning of a plain row. */
  begin(row: RowAtHand): void {
    this.#bytes = row.bytes;
    this.#view = row.view;
    this.#at = row.begin;
    this.#end = row.end;
    this.failed = false;
  }

  /** Whether all was read, and as expected. */
  get isDone(): boolean {
    return !this.failed && this.#at === this.#end;
  }

  /** Nothing more is read: there are no characters behind the end. */
  fail(): void {
    this.failed = true;
    this.#at = this.#end;
  }

  /** This must come next. */
  skip(literal: Literal): void {
    if (!this.sees(literal)) this.fail();
  }

  /** Skips this if it comes next, and tells whether it did. */
  sees(literal: Literal): boolean {
    const next = this.#at + literal.length;
    if (next > this.#end || !literal.isAt(this.#view, this.#at)) return false;
    this.#at = next;
    return true;
  }

  /** `sees` for one character, by its code. */
  seesCode(code: number): boolean {
    if (this.#bytes[this.#at] !== code) return false;
    this.#at += 1;
    return true;
  }

  /** `skip` for one character, by its code. */
  skipCode(code: number): void {
    if (!this.seesCode(code)) this.fail();
  }

  integer(): number {
    const bytes = this.#bytes;
    const begin = this.#at;
    let at = begin;
    let value = 0;
    // There is a zero behind the end.
    for (;;) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at += 1;
    }
    this.#at = at;
    const digits = at - begin;
    if (digits === 0 || digits > DIGITS_MAX || (digits > 1 && bytes[begin] === ZERO)) this.fail();
    return value;
  }

  flag(): boolean {
    if (this.sees(TRUE)) return true;
    this.skip(FALSE);
    return false;
  }

  /** One of these, in quotes. */
  oneOf<T extends string>({ words, quoted }: Words<T>): T {
    for (let n = 0; n < words.length; n += 1) if (this.sees(quoted[n]!)) return words[n]!;
    this.fail();
    return words[0]!;
  }

  /** A text in quotes; `expected` itself when it is that one, which then is in memory once. */
  text(expected = ''): string {
    const begin = this.#at + 1;
    this.#skipText();
    if (this.failed) return '';
    const end = this.#at - 1;
    return isText(expected, this.#bytes, begin, end) ? expected : textOf(this.#bytes, begin, end);
  }

  /** What stands for the text in quotes that comes next. */
  shared<T>(texts: SharedTexts<T>): T {
    const begin = this.#at + 1;
    this.#skipText();
    // What is no text is not kept as one.
    return texts.get(this.#bytes, begin, this.failed ? begin : this.#at - 1);
  }

  /** What stands for everything up to and with the next `]`. */
  sharedList<T>(texts: SharedTexts<T>): T {
    const begin = this.#at;
    const end = this.#bytes.indexOf(CLOSING, begin) + 1;
    if (end === 0 || end > this.#end) this.fail();
    else this.#at = end;
    return texts.get(this.#bytes, begin, this.failed ? begin : end);
  }

  #skipText(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    if (bytes[at] === QUOTE) {
      at += 1;
      // There is a zero behind the end.
      while (isPlain(bytes[at]!)) at += 1;
      if (bytes[at] === QUOTE) {
        this.#at = at + 1;
        return;
      }
    }
    this.fail();
  }
}

function isPlain(code: number): boolean {
  return code >= 0x20 && code < 0x7f && code !== QUOTE && code !== BACKSLASH;
}

const TRUE = new Literal('true');
const FALSE = new Literal('false');
