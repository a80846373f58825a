/** Orders that the documentation names. */

/** Ids that are numbers by number, then the others as text. */
export function inIdOrder<T extends { readonly id: string }>(values: Iterable<T>): T[] {
  return [...values].sort((a, b) => byId(a.id, b.id));
}

export function byId(a: string, b: string): number {
  const isNumber = (id: string) => /^[0-9]+$/.test(id);
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
  const byNumber = isNumber(a) ? BigInt(a) - BigInt(b) : 0n;
  if (byNumber !== 0n) return byNumber < 0n ? -1 : 1;
  return byText(a, b);
}

export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Blanks around a place and the case of A to Z do not count. */
export function plainPlace(place: string): string {
  return place.trim().replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
