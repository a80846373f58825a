/**
 * A route of v1, declared once: its schemas read what comes in and make the OpenAPI document.
 *
 * 1. Input is parsed once, by schemas that are built once. Unknown keys and parameters are refused.
 * 2. Answers are declared for the document and for tests; none is validated on its way out.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { OutcomeCode } from '../../doors/outcomes.js';
import type { GatewayContext } from '../context.js';
import { Call } from './call.js';
import type { InputSchemas } from './input.js';

export type Tag =
  | 'reservations'
  | 'trips'
  | 'waiting list'
  | 'notices'
  | 'points'
  | 'routes'
  | 'companies'
  | 'mesh'
  | 'node'
  | 'documented';

export interface AnswerShape {
  readonly description: string;
  /** Null: of a shape that is described elsewhere. */
  readonly schema: z.ZodType | null;
  /** JSON unless it says otherwise. */
  readonly mediaType?: string;
}

/** What the document tells of a route. */
export interface RouteShape {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With parameters in braces, as OpenAPI has them. */
  readonly path: string;
  /** Unique, stable, in camel case: clients are generated with it. */
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /**
   * `read`: of the ledger, takes `consistency`. `write`: takes a request key, and a holder. `local`: of this node alone.
   */
  readonly does: 'read' | 'write' | 'local';
  /** A write that takes `If-Match`. */
  readonly conditional?: true;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, AnswerShape>>;
  /** What it may be refused with, beyond what all routes of its kind may be. */
  readonly problems: readonly OutcomeCode[];
}

export interface Route extends RouteShape {
  /** Answers one request: with a body for its JSON, or with the reply where the handler sent it. */
  readonly answer: (context: GatewayContext, request: FastifyRequest, reply: FastifyReply) => Promise<object>;
}

const NOTHING = z.strictObject({});

const CONSISTENCY = z
  .enum(['linearizable', 'stale'])
  .optional()
  .describe(
    '`stale` answers at once from this node; `linearizable`, unless it says otherwise, sees every write.',
  );

/** An empty JSON object is as good as no body. */
const NO_BODY = NOTHING.optional();

/** A route with its handler, which gets its input as declared. */
export function route<
  P extends z.ZodObject = typeof NOTHING,
  Q extends z.ZodObject = typeof NOTHING,
  B extends z.ZodType = typeof NO_BODY,
>(
  shape: RouteShape & { readonly params?: P; readonly query?: Q; readonly body?: B },
  handle: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Promise<object>,
): Route {
  const declared = shape.query ?? NOTHING;
  const query = shape.does === 'read' ? declared.extend({ consistency: CONSISTENCY }) : declared;
  // What a shape leaves out is of the type parameter's default, which the compiler cannot see from in here.
  const schemas = {
    params: shape.params ?? NOTHING,
    query,
    body: shape.body ?? NO_BODY,
  } as unknown as InputSchemas<z.output<P>, z.output<Q>, z.output<B>>;
  return {
    ...shape,
    query,
    answer: async (context, request, reply) => handle(new Call(context, request, reply, schemas)),
  };
}
