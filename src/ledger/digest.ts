/**
 * The digest of a set of rows: the sum of their hashes, lane by lane. Sums do not mind order, so rows that
 * come and go in any order give the digest that the remaining rows give from scratch.
 */
import { type Hash128, toHex } from './hash.js';

export class SetDigest {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /** A row came. */
  add(hash: Hash128): void {
    this.#a = (this.#a + hash.a) | 0;
    this.#b = (this.#b + hash.b) | 0;
    this.#c = (this.#c + hash.c) | 0;
    this.#d = (this.#d + hash.d) | 0;
  }

  /** A row that had come went. */
  remove(hash: Hash128): void {
    this.#a = (this.#a - hash.a) | 0;
    this.#b = (this.#b - hash.b) | 0;
    this.#c = (this.#c - hash.c) | 0;
    this.#d = (this.#d - hash.d) | 0;
  }

  /** 32 lower-case hex digits; all zeros for no rows. */
  hex(): string {
    return toHex({ a: this.#a, b: this.#b, c: this.#c, d: this.#d });
  }
}
