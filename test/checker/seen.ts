/**
 * What a client could see of a value: all of it or some. A door need not tell everything (the documented routes name
 * points, not windows), so only what was seen is compared.
 */

type Leaf = string | number | boolean | null | undefined;

/** A value of which fields may not have been seen. A list is seen whole, its elements perhaps in part. */
export type Seen<T> = T extends Leaf
  ? T
  : T extends readonly (infer Element)[]
    ? readonly Seen<Element>[]
    : { readonly [Field in keyof T]?: Seen<T[Field]> };

/** Where what was seen differs from what is so, in words; null when it does not. */
export function difference(seen: unknown, actual: unknown): string | null {
  return compare(seen, actual, '', false);
}

/** Where two sights of one value cannot both be true, in words; null when they can. */
export function contradiction(one: unknown, other: unknown): string | null {
  return compare(one, other, '', true);
}

/** Whether two whole values are equal, whatever the order of their fields. */
export function isSame(one: unknown, other: unknown): boolean {
  return difference(one, other) === null && difference(other, one) === null;
}

/** One text for equal values, whatever the order of their fields. Fields that are undefined do not count. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (!isFields(value)) return JSON.stringify(value) ?? 'null';
  const fields = Object.keys(value)
    .filter((field) => value[field] !== undefined)
    .sort()
    .map((field) => `${JSON.stringify(field)}:${canonicalText(value[field])}`);
  return `{${fields.join()}}`;
}

function compare(seen: unknown, actual: unknown, at: string, bothPartial: boolean): string | null {
  if (seen === undefined) return null;
  if (Array.isArray(seen) && Array.isArray(actual)) {
    if (seen.length !== actual.length) {
      return `${at || 'the list'} has ${seen.length} elements, not ${actual.length}`;
    }
    for (let i = 0; i < seen.length; i += 1) {
      const found = compare(seen[i], actual[i], `${at}[${i}]`, bothPartial);
      if (found !== null) return found;
    }
    return null;
  }
  if (isFields(seen) && isFields(actual)) {
    for (const [field, value] of Object.entries(seen)) {
      if (bothPartial && actual[field] === undefined) continue;
      const found = compare(value, actual[field], at === '' ? field : `${at}.${field}`, bothPartial);
      if (found !== null) return found;
    }
    return null;
  }
  return Object.is(seen, actual) ? null : `${at || 'it'} is ${brief(seen)}, not ${brief(actual)}`;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
