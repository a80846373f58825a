/**
 * What stands for a text, once for all places where the same text is. It forgets everything when it has become large:
 * what is shared from then on is shared with what comes, and memory stays bounded.
 */
const TEXTS_MAX = 65_536;

export class SharedTexts<T> {
  readonly #known = new Map<string, T>();
  readonly #make: (text: string) => T;

  constructor(make: (text: string) => T) {
    this.#make = make;
  }

  get(text: string): T {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size === TEXTS_MAX) this.#known.clear();
    const copy = copied(text);
    const made = this.#make(copy);
    this.#known.set(copy, made);
    return made;
  }
}

/** Longer ones are not copied by whoever takes them out of a text, but point into it. */
const COPIED_LENGTH_MAX = 12;

/** A part of a row's text for keeps: it would hold all of that text in memory. */
export function copied(part: string): string {
  return part.length <= COPIED_LENGTH_MAX ? part : (JSON.parse(JSON.stringify(part)) as string);
}
