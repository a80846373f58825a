/** The words of which a field is one, as they stand in a row: in quotes. */
import { Literal } from './literal.js';

export class Words<T extends string> {
  readonly quoted: readonly Literal[];

  constructor(readonly words: readonly T[]) {
    this.quoted = words.map((word) => new Literal(`"${word}"`));
  }
}
