/**
 * What stands for a text, once for all places where the same text is, found by its bytes: nothing is made to ask. It forgets
 * a part of what it knows when that has become large: what is shared from then on is shared with what comes, and memory
 * stays bounded.
 */

/** Each forgets for itself, and none grows far at once. */
const PARTS = 16;
const TEXTS_PER_PART_MAX = 16_384;

interface Known<T> {
  readonly text: string;
  readonly value: T;
  /** Another one with the same hash. */
  readonly next: Known<T> | undefined;
}

export class SharedTexts<T> {
  readonly #parts = Array.from({ length: PARTS }, () => new Map<number, Known<T>>());
  readonly #make: (text: string) => T;

  constructor(make: (text: string) => T) {
    this.#make = make;
  }

  /** Of the ASCII text in these bytes. */
  get(bytes: Uint8Array, begin: number, end: number): T {
    const hash = hashOf(bytes, begin, end);
    const part = this.#parts[hash & (PARTS - 1)]!;
    const first = part.get(hash);
    for (let known = first; known !== undefined; known = known.next) {
      if (isText(known.text, bytes, begin, end)) return known.value;
    }
    const text = textOf(bytes, begin, end);
    const value = this.#make(text);
    if (part.size === TEXTS_PER_PART_MAX) part.clear();
    part.set(hash, { text, value, next: part.get(hash) });
    return value;
  }
}

/** Whether these bytes are that text. */
export function isText(text: string, bytes: Uint8Array, begin: number, end: number): boolean {
  if (text.length !== end - begin) return false;
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) !== bytes[begin + i]) return false;
  return true;
}

/** As many characters as one call can be given without a thought. */
const AT_ONCE = 1_024;

/** The ASCII text in these bytes. */
export function textOf(bytes: Uint8Array, begin: number, end: number): string {
  let text = '';
  for (let at = begin; at < end; at += AT_ONCE) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + AT_ONCE, end)));
  }
  return text;
}

function hashOf(bytes: Uint8Array, begin: number, end: number): number {
  let hash = end - begin;
  for (let at = begin; at < end; at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
