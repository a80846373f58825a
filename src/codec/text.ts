/** Text on its way to the wire. */

/** Half of a surrogate pair: no UTF-8 stands for it. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/** The text, which UTF-8 can carry as it is. Throws a TypeError for any other. */
export function wellFormed(text: string): string {
  if (LONE_SURROGATE.test(text)) throw new TypeError('a text with half of a surrogate pair');
  return text;
}
