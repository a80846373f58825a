/**
 * Zod's schemas as the JSON Schema of OpenAPI 3.1 (draft 2020-12).
 */
import { z } from 'zod';
import { type Direction, namedIn } from '../v1/named.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

const REFERENCE = '#/components/schemas/';

/** All named schemas, with their examples. Throws an Error for a name that means two things. */
export function namedSchemas(): Readonly<Record<string, JsonSchema>> {
  const inputs = schemasOf('input');
  const outputs = schemasOf('output');
  const twice = Object.keys(inputs).filter((name) => name in outputs);
  if (twice.length > 0) throw new Error(`assertion: ${twice.join(', ')} is named twice`);
  return { ...inputs, ...outputs };
}

/** A reference to a named schema. Throws an Error for one without a name. */
export function referenceTo(schema: z.ZodType, direction: Direction): JsonSchema {
  const name = namedIn(direction).get(schema)?.name;
  if (name === undefined) throw new Error(`assertion: a schema of ${direction} has no name`);
  return { $ref: `${REFERENCE}${name}` };
}

export interface Parameter {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
}

/** The fields of a path's or a query's schema. */
export function parametersOf(schema: z.ZodObject): readonly Parameter[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description = '', ...rest } = tidied(z.toJSONSchema(field as z.ZodType, optionsOf('input')));
    const required = !(field as z.ZodType).safeParse(undefined).success;
    return { name, required, description: String(description), schema: rest };
  });
}

function schemasOf(direction: Direction): Readonly<Record<string, JsonSchema>> {
  const registry = z.registry<{ id: string }>();
  const examples = new Map<string, unknown>();
  for (const [schema, { name, example }] of namedIn(direction)) {
    if (examples.has(name)) throw new Error(`assertion: ${name} is named twice`);
    examples.set(name, example);
    registry.add(schema, { id: name });
  }
  const options = { ...optionsOf(direction), uri: (id: string) => `${REFERENCE}${id}` };
  const { schemas } = z.toJSONSchema(registry, options);
  return Object.fromEntries(
    Object.entries(schemas).map(([id, schema]) => [id, { ...tidied(schema), examples: [examples.get(id)] }]),
  );
}

function optionsOf(io: Direction) {
  return {
    io,
    metadata: z.globalRegistry,
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
      // The format says it; a caller is better served by that than by a line of pattern.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      // Answers may get further keys; requests with keys that nobody knows are refused.
      if (io === 'output') delete jsonSchema.additionalProperties;
    },
  } as const;
}

/** Without what names a schema by itself: in the document its place does. */
function tidied(schema: JsonSchema): JsonSchema {
  const { $schema: _schema, $id: _id, ...rest } = schema;
  return rest;
}
