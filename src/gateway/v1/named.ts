/**
 * The schemas that have a name in the OpenAPI document. What comes in and what goes out have names of their own, because
 * the same schema may mean different things there.
 */
import type { z } from 'zod';

export interface NamedSchema {
  readonly name: string;
  /** What such a thing looks like; a test holds it against the schema. */
  readonly example: unknown;
}

export type Direction = 'input' | 'output';

const NAMED = {
  input: new Map<z.ZodType, NamedSchema>(),
  output: new Map<z.ZodType, NamedSchema>(),
} as const;

/** Names a schema of what is sent to a route. */
export function input<S extends z.ZodType>(name: string, example: z.input<S>, schema: S): S {
  NAMED.input.set(schema, { name, example });
  return schema;
}

/** Names a schema of what a route answers. */
export function output<S extends z.ZodType>(name: string, example: z.output<S>, schema: S): S {
  NAMED.output.set(schema, { name, example });
  return schema;
}

/** All that is named in one direction, by module load order. */
export function namedIn(direction: Direction): ReadonlyMap<z.ZodType, NamedSchema> {
  return NAMED[direction];
}
