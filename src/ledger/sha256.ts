/**
 * SHA-256 (FIPS 180-4) of text, by integer arithmetic alone, so that `apply` can chain the audit trail: the same bits on
 * every replica, and nothing asked of the platform. Works in one scratch space, which no call leaves half used.
 */
import { laneHex } from './hash.js';

/** Of the fractions of the cube roots of the first 64 primes, the first 32 bits (§4.2.2). */
const ROUND_CONSTANTS = Int32Array.of(
  ...[0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5],
  ...[0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174],
  ...[0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da],
  ...[0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967],
  ...[0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85],
  ...[0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070],
  ...[0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3],
  ...[0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2],
);

/** Of the fractions of the square roots of the first 8 primes, the first 32 bits (§5.3.3). */
const FIRST_STATE = Int32Array.of(
  ...[0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
);

const BLOCK_BYTES = 64;
/** Where the last block holds the length, in bits. */
const LENGTH_AT = 56;

const block = new Uint8Array(BLOCK_BYTES);
const words = new Int32Array(64);
const state = new Int32Array(8);
let filled = 0;
let bytes = 0;

/** The digest of the text's UTF-8 bytes, half a surrogate pair as U+FFFD: 64 lower-case hex digits. */
export function sha256(text: string): string {
  state.set(FIRST_STATE);
  filled = 0;
  bytes = 0;
  let i = 0;
  while (i < text.length) {
    if (filled === 0 && takeAsciiBlock(text, i)) {
      i += BLOCK_BYTES;
      continue;
    }
    const unit = text.charCodeAt(i);
    i += 1;
    if (unit < 0x80) {
      take(unit);
      continue;
    }
    const point = text.codePointAt(i - 1)!;
    if (point > 0xffff) i += 1;
    takeWide(point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
  }
  finish();
  return hex();
}

/** Takes a whole block at once, when the next 64 characters are ASCII, as nearly all are. */
function takeAsciiBlock(text: string, from: number): boolean {
  if (from + BLOCK_BYTES > text.length) return false;
  let seen = 0;
  for (let t = 0; t < 16; t += 1) {
    const at = from + (t << 2);
    const first = text.charCodeAt(at);
    const second = text.charCodeAt(at + 1);
    const third = text.charCodeAt(at + 2);
    const fourth = text.charCodeAt(at + 3);
    seen |= first | second | third | fourth;
    words[t] = (first << 24) | (second << 16) | (third << 8) | fourth;
  }
  if (seen >= 0x80) return false;
  bytes += BLOCK_BYTES;
  stirIn();
  return true;
}

/** A code point from U+0080 on. */
function takeWide(point: number): void {
  if (point < 0x800) {
    take(0xc0 | (point >> 6));
  } else {
    if (point < 0x10000) {
      take(0xe0 | (point >> 12));
    } else {
      take(0xf0 | (point >> 18));
      take(0x80 | ((point >> 12) & 0x3f));
    }
    take(0x80 | ((point >> 6) & 0x3f));
  }
  take(0x80 | (point & 0x3f));
}

function take(byte: number): void {
  block[filled] = byte;
  filled += 1;
  bytes += 1;
  if (filled === BLOCK_BYTES) compress();
}

/** A one, zeros, and the length: what makes whole blocks of every text, and different ones of different texts. */
function finish(): void {
  const length = bytes;
  take(0x80);
  while (filled !== LENGTH_AT) take(0);
  // A text has fewer than 2^30 units, so its length in bits has at most 35 bits.
  take(0);
  take(0);
  take(0);
  take(length >>> 29);
  take(length >>> 21);
  take(length >>> 13);
  take(length >>> 5);
  take(length << 3);
}

/** The block goes in, and is empty afterwards. */
function compress(): void {
  for (let t = 0; t < 16; t += 1) {
    const at = t << 2;
    words[t] = (block[at]! << 24) | (block[at + 1]! << 16) | (block[at + 2]! << 8) | block[at + 3]!;
  }
  stirIn();
  filled = 0;
}

/** §6.2.2, over the first 16 words. */
function stirIn(): void {
  for (let t = 16; t < 64; t += 1) {
    const x = words[t - 15]!;
    const y = words[t - 2]!;
    const small0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const small1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[t] = (small1 + words[t - 7]! + small0 + words[t - 16]!) | 0;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let t = 0; t < 64; t += 1) {
    const big1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const choice = (e & f) ^ (~e & g);
    const first = (h + big1 + choice + ROUND_CONSTANTS[t]! + words[t]!) | 0;
    const big0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + big0 + majority) | 0;
  }
  // What does not fit 32 bits falls off as it is stored.
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
  state[4] = state[4]! + e;
  state[5] = state[5]! + f;
  state[6] = state[6]! + g;
  state[7] = state[7]! + h;
}

function hex(): string {
  let text = '';
  for (const word of state) text += laneHex(word);
  return text;
}
