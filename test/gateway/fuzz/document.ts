/** The OpenAPI document as the fuzzer reads it: every operation, with its references resolved. */

export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

export interface Operation {
  /** `POST /v1/reservations`. */
  readonly name: string;
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly required: boolean; readonly schema: Schema } | null;
  /** Statuses that it declares. */
  readonly statuses: readonly number[];
  /** Whether its faults are told in Portuguese. */
  readonly isDocumented: boolean;
}

type Json = Readonly<Record<string, unknown>>;

export class ApiDocument {
  constructor(readonly root: Json) {}

  get operations(): readonly Operation[] {
    return Object.entries(this.root.paths as Readonly<Record<string, Json>>).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => this.#read(path, method, operation as Json)),
    );
  }

  /** The schema itself, where it is a reference. */
  resolve(schema: Schema): Schema {
    const { $ref } = schema;
    if (typeof $ref !== 'string') return schema;
    const parts = $ref.replace(/^#\//, '').split('/');
    return this.resolve(parts.reduce<unknown>((at, key) => (at as Json)[key], this.root) as Schema);
  }

  #read(path: string, method: string, operation: Json): Operation {
    const parameters = (operation.parameters as readonly Schema[]).map((each) => this.resolve(each));
    const body = operation.requestBody as { required: boolean; content: Json } | undefined;
    return {
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      parameters: parameters.map(({ name, in: place, required = false, schema }) => ({
        ...{ name, in: place, required, schema: this.resolve(schema as Schema) },
      })) as readonly Parameter[],
      body: body === undefined ? null : { required: body.required, schema: schemaOf(body.content) },
      statuses: Object.keys(operation.responses as Json).map(Number),
      isDocumented: (operation.tags as readonly string[]).includes('documented'),
    };
  }
}

function schemaOf(content: Json): Schema {
  return (content['application/json'] as { readonly schema: Schema }).schema;
}
