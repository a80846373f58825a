/**
 * Checks of parsed JSON: each gives back the value with its type or throws an Error that says what was found.
 */

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unexpected('an object', value);
  return value as Fields;
}

export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw unexpected('text', value);
  return value;
}

export function integerOf(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw unexpected('an integer', value);
  return value as number;
}

export function flagOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw unexpected('true or false', value);
  return value;
}

export function listOf<T>(value: unknown, item: (value: unknown) => T): readonly T[] {
  if (!Array.isArray(value)) throw unexpected('a list', value);
  return value.map((element: unknown) => item(element));
}

/** A list of exactly so many. */
export function tupleOf(value: unknown, length: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length !== length) throw unexpected(`a list of ${length}`, value);
  return value;
}

export function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value);
  if (found === undefined) throw unexpected(`one of ${allowed.join(', ')}`, value);
  return found;
}

function unexpected(wanted: string, value: unknown): Error {
  return new Error(`${wanted} expected, ${JSON.stringify(value)?.slice(0, 80) ?? 'nothing'} found`);
}
