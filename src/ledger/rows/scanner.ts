/**
 * Reads a row's text from left to right, by who knows what comes next: quicker than parsing it as any JSON and writing it
 * again to see whether it was canonical, because what is read is canonical or is not read.
 *
 * It takes the plain part of canonical JSON alone: printable ASCII without escapes, whole numbers from 0 on. Anything else
 * makes it `failed`: nothing it gave means anything then, and the long way says what the text is.
 */
import { copied } from './shared-texts.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
/** More digits could be beyond the whole numbers that are exact. */
const DIGITS_MAX = 15;

export class Scanner {
  failed = false;
  #text = '';
  #at = 0;

  begin(text: string): void {
    this.#text = text;
    this.#at = 0;
    this.failed = false;
  }

  /** Whether all was read, and as expected. */
  get isDone(): boolean {
    return !this.failed && this.#at === this.#text.length;
  }

  /** This must come next. */
  skip(literal: string): void {
    if (!this.sees(literal)) this.failed = true;
  }

  /** Skips this if it comes next, and tells whether it did. */
  sees(literal: string): boolean {
    if (!this.#text.startsWith(literal, this.#at)) return false;
    this.#at += literal.length;
    return true;
  }

  integer(): number {
    const text = this.#text;
    const begin = this.#at;
    let at = begin;
    let value = 0;
    for (; ; at += 1) {
      const digit = text.charCodeAt(at) - ZERO;
      // Not a number at the end of the text.
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    const digits = at - begin;
    if (digits === 0 || digits > DIGITS_MAX || (digits > 1 && text.charCodeAt(begin) === ZERO))
      this.failed = true;
    this.#at = at;
    return value;
  }

  flag(): boolean {
    if (this.sees('true')) return true;
    this.skip('false');
    return false;
  }

  /** One of these, in quotes. */
  oneOf<T extends string>(words: readonly T[]): T {
    this.skip('"');
    for (const word of words) {
      const end = this.#at + word.length;
      if (this.#text.charCodeAt(end) !== QUOTE || !this.#text.startsWith(word, this.#at)) continue;
      this.#at = end + 1;
      return word;
    }
    this.failed = true;
    return words[0]!;
  }

  /** A text in quotes, for keeps. */
  text(): string {
    return copied(this.part());
  }

  /** A text in quotes, to be looked at or copied: it holds all of the row's text in memory. */
  part(): string {
    const begin = this.#at + 1;
    const end = this.#textEnd() - 1;
    return this.failed ? '' : this.#text.slice(begin, end);
  }

  /** Everything up to and with the next `}`; like `part`, not for keeps. */
  object(): string {
    const begin = this.#at;
    const end = this.#text.indexOf('}', begin) + 1;
    if (end === 0) this.failed = true;
    this.#at = end;
    return this.#text.slice(begin, end);
  }

  /** Goes behind a text in quotes, and tells where that is. */
  #textEnd(): number {
    const text = this.#text;
    let at = this.#at;
    if (text.charCodeAt(at) !== QUOTE) this.failed = true;
    for (at += 1; ; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) break;
      // Also at the end of the text, where there is no unit.
      if (!(unit >= 0x20 && unit < 0x7f) || unit === BACKSLASH) {
        this.failed = true;
        break;
      }
    }
    this.#at = at + 1;
    return this.#at;
  }
}
