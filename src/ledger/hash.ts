/**
 * A 128-bit hash of text from integer arithmetic alone, so that every replica computes the same bits.
 * It tells rows and operations apart by chance, not against malice: it is not cryptographic.
 *
 * Four 32-bit lanes; each word of input enters one lane, and each lane is stirred by its neighbour. For a
 * fixed block every step can be undone, so two texts of one length that differ in a single block never meet.
 */

/** 128 bits as four lanes, each a signed 32-bit integer. */
export interface Hash128 {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

type Lanes = { -readonly [lane in keyof Hash128]: number };

/** Code units in a block: two for each lane. */
const BLOCK = 8;
const BEGINNING: Hash128 = { a: 0x2f6b1d4b, b: 0x51c9a3e7, c: 0x73a50f19, d: 0x1b873593 };
/** Of four bytes at once. */
const BEYOND_ASCII = 0x80808080;

/**
 * The hash of a text, or of one text behind another (`beginning`) as if they were one, which they need not be made for
 * that: of its UTF-16 code units and its length.
 */
export function hash128(text: string, beginning = ''): Hash128 {
  const lanes = { ...BEGINNING };
  // Blocks begin where they would in the one text: the first of `text` fills up the last of `beginning`.
  const borrowed = (BLOCK - (beginning.length % BLOCK)) % BLOCK;
  if (beginning !== '') stirIn(lanes, beginning + text.slice(0, borrowed), 0);
  stirIn(lanes, text, borrowed);
  return settled(lanes, beginning.length + text.length);
}

/**
 * `hash128` of the text whose characters are the first `length` bytes of `view`, a byte each; null when one of them is
 * beyond ASCII. Up to the next multiple of 8 there must be zeros behind them.
 */
export function hashOfAscii(view: DataView, length: number): Hash128 | null {
  let { a, b, c, d } = BEGINNING;
  let seen = 0;
  for (let at = 0; at < length; at += BLOCK) {
    const left = view.getInt32(at, true);
    const right = view.getInt32(at + 4, true);
    seen |= left | right;
    a = stir(a, firstTwo(left), b);
    b = stir(b, lastTwo(left), c);
    c = stir(c, firstTwo(right), d);
    d = stir(d, lastTwo(right), a);
  }
  return (seen & BEYOND_ASCII) === 0 ? settled({ a, b, c, d }, length) : null;
}

/** The lanes once all is stirred in. Two rounds over the ring, so that every bit of input reaches every lane. */
function settled(lanes: Hash128, length: number): Hash128 {
  let { a, b, c, d } = lanes;
  a ^= length;
  for (let round = 0; round < 2; round += 1) {
    a = avalanche((a + d) | 0);
    b = avalanche((b + a) | 0);
    c = avalanche((c + b) | 0);
    d = avalanche((d + c) | 0);
  }
  return { a, b, c, d };
}

/** Takes in the text from `from` on. Its last block is filled up with zeros: the length tells filling from content. */
function stirIn(lanes: Lanes, text: string, from: number): void {
  const { length } = text;
  let { a, b, c, d } = lanes;
  let i = from;
  for (; i + BLOCK <= length; i += BLOCK) {
    a = stir(a, text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16), b);
    b = stir(b, text.charCodeAt(i + 2) | (text.charCodeAt(i + 3) << 16), c);
    c = stir(c, text.charCodeAt(i + 4) | (text.charCodeAt(i + 5) << 16), d);
    d = stir(d, text.charCodeAt(i + 6) | (text.charCodeAt(i + 7) << 16), a);
  }
  if (i < length) {
    a = stir(a, unitAt(text, i) | (unitAt(text, i + 1) << 16), b);
    b = stir(b, unitAt(text, i + 2) | (unitAt(text, i + 3) << 16), c);
    c = stir(c, unitAt(text, i + 4) | (unitAt(text, i + 5) << 16), d);
    d = stir(d, unitAt(text, i + 6) | (unitAt(text, i + 7) << 16), a);
  }
  lanes.a = a;
  lanes.b = b;
  lanes.c = c;
  lanes.d = d;
}

/** 32 lower-case hex digits. */
export function toHex(hash: Hash128): string {
  return laneHex(hash.a) + laneHex(hash.b) + laneHex(hash.c) + laneHex(hash.d);
}

function stir(lane: number, word: number, neighbour: number): number {
  const x = Math.imul(lane ^ Math.imul(word, 0x9e3779b1), 0x85ebca6b);
  return (((x << 15) | (x >>> 17)) + neighbour) | 0;
}

/** Every bit of the argument moves about half of the result's bits; one to one. */
function avalanche(lane: number): number {
  let x = lane ^ (lane >>> 16);
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return x ^ (x >>> 16);
}

/** Of four bytes, as two code units. */
function firstTwo(bytes: number): number {
  return (bytes & 0xff) | ((bytes & 0xff00) << 8);
}

function lastTwo(bytes: number): number {
  return ((bytes >>> 16) & 0xff) | ((bytes >>> 8) & 0xff0000);
}

function unitAt(text: string, i: number): number {
  return i < text.length ? text.charCodeAt(i) : 0;
}

/** The two hex digits of every byte. */
const BYTE_HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A 32-bit integer, signed or not, as 8 lower-case hex digits. */
export function laneHex(lane: number): string {
  return (
    BYTE_HEX[lane >>> 24]! +
    BYTE_HEX[(lane >>> 16) & 0xff]! +
    BYTE_HEX[(lane >>> 8) & 0xff]! +
    BYTE_HEX[lane & 0xff]!
  );
}
