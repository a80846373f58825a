/**
 * A text that is expected at a place, as the words to compare there: a row consists mostly of such texts, and four bytes
 * take the time of one.
 */
const WORD = 4;

export class Literal {
  readonly length: number;
  /** Where the last word begins, which overlaps the one before it. */
  readonly #last: number;
  readonly #words: Int32Array;

  /** Of four characters of ASCII or more. */
  constructor(text: string) {
    this.length = text.length;
    this.#last = text.length - WORD;
    if (this.#last < 0) throw new Error(`bug: the text ${text} is too short`);
    this.#words = new Int32Array(Math.ceil(text.length / WORD));
    for (let n = 0; n < this.#words.length; n += 1) this.#words[n] = wordAt(text, this.#placeOf(n));
  }

  /** Whether the text is there. Nothing may be read behind the end of `view`. */
  isAt(view: DataView, at: number): boolean {
    const words = this.#words;
    const full = words.length - 1;
    for (let n = 0; n < full; n += 1) if (view.getInt32(at + n * WORD, true) !== words[n]) return false;
    return view.getInt32(at + this.#last, true) === words[full];
  }

  #placeOf(word: number): number {
    return Math.min(word * WORD, this.#last);
  }
}

function wordAt(text: string, at: number): number {
  let word = 0;
  for (let i = WORD - 1; i >= 0; i -= 1) word = (word << 8) | text.charCodeAt(at + i);
  return word;
}
