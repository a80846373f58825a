/**
 * Arbitraries made of JSON schemas: values that fit them, and by what they are called also name things that exist, so that
 * requests get past the door. What exists is only known when a request is sent: until then a token stands for it.
 */
import fc from 'fast-check';
import type { ApiDocument, Schema } from './document.js';
import { momentToken, thingToken } from './tokens.js';

const TEXT_MAX = 40;

export class FromSchema {
  constructor(readonly document: ApiDocument) {}

  /** Values that fit `schema`; `name`: what the value is called where it stands. */
  of(given: Schema, name: string): fc.Arbitrary<unknown> {
    const schema = this.document.resolve(given);
    if ('const' in schema) return fc.constant(schema.const);
    if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as readonly unknown[]));
    const choices = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined;
    if (choices !== undefined) return fc.oneof(...choices.map((choice) => this.of(choice, name)));
    const types = [schema.type].flat();
    return fc.oneof(...types.map((type) => this.#ofType(String(type), schema, name)));
  }

  #ofType(type: string, schema: Schema, name: string): fc.Arbitrary<unknown> {
    switch (type) {
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return integerOf(schema);
      case 'number':
        return numberOf(schema);
      case 'string':
        return this.#text(schema, name);
      case 'array': {
        const { minItems = 0, maxItems = 100, items } = schema as Record<string, number> & { items: Schema };
        const few = Math.min(maxItems, Math.max(minItems, 2));
        return fc.array(this.of(items, name), { minLength: minItems, maxLength: few });
      }
      case 'object':
        return this.#object(schema);
      default:
        throw new Error(`the fuzzer knows no type ${type}`);
    }
  }

  #object(schema: Schema): fc.Arbitrary<unknown> {
    const { properties = {}, required = [] } = schema as {
      readonly properties?: Readonly<Record<string, Schema>>;
      readonly required?: readonly string[];
    };
    const fields = Object.entries(properties).map(([key, field]) => [key, this.of(field, key)] as const);
    const record = recordOf(fields, (key) => required.includes(key));
    // Windows end after they begin, mostly.
    return 'start' in properties && 'end' in properties
      ? fc.oneof({ arbitrary: fc.tuple(record, MINUTES, LASTING).map(withWindow), weight: 9 }, record)
      : record;
  }

  #text(schema: Schema, name: string): fc.Arbitrary<string> {
    const {
      minLength = 0,
      maxLength = TEXT_MAX,
      pattern,
      format,
    } = schema as {
      readonly minLength?: number;
      readonly maxLength?: number;
      readonly pattern?: string;
      readonly format?: string;
    };
    if (format === 'date-time') return fc.tuple(MINUTES, fc.boolean()).map(momentToken);
    const fits = (text: string): boolean =>
      text.length >= minLength &&
      text.length <= maxLength &&
      (pattern === undefined || new RegExp(pattern, 'u').test(text));
    const any = fc
      .string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, TEXT_MAX) })
      .chain((text) => (fits(text) ? fc.constant(text) : fc.nat({ max: 999_999 }).map((n) => `x${n}`)));
    return fc
      .tuple(fc.nat({ max: 9 }), fc.nat(), any)
      .map(([luck, draw, text]) => (luck > 0 ? thingToken(name, draw, text) : text));
  }
}

/** A few minutes from now, or some hours. */
const MINUTES = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2_880 }));
const LASTING = fc.integer({ min: 1, max: 90 });

/** What is required always, the rest now and then. */
export function recordOf(
  fields: readonly (readonly [string, fc.Arbitrary<unknown>])[],
  isRequired: (key: string) => boolean,
): fc.Arbitrary<Record<string, unknown>> {
  const values = fields.map(([key, value]) =>
    isRequired(key) ? value : fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, value),
  );
  return fc.tuple(...values).map((drawn) => {
    const entries = fields.map(([key], place) => [key, drawn[place]] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  });
}

function integerOf({ minimum = 0, maximum = 1_000 }: Schema): fc.Arbitrary<number> {
  const [min, max] = [Number(minimum), Number(maximum)];
  return fc.oneof(
    { arbitrary: fc.constant(min), weight: 2 },
    { arbitrary: fc.integer({ min, max: Math.min(max, min + 30) }), weight: 2 },
    fc.integer({ min, max }),
  );
}

function numberOf(schema: Schema): fc.Arbitrary<number> {
  const { minimum = -1_000, maximum = 1_000 } = schema;
  const [min, max] = [Number(minimum), Number(maximum)];
  const whole = fc.integer({ min: Math.ceil(min), max: Math.floor(Math.min(max, min + 60)) });
  return fc.oneof({ arbitrary: whole, weight: 3 }, fc.double({ min, max, noNaN: true }));
}

function withWindow([value, minutes, lasting]: [Record<string, unknown>, number, number]): unknown {
  return { ...value, start: momentToken([minutes, false]), end: momentToken([minutes + lasting, true]) };
}
