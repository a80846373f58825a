/**
 * One request to a v1 route, its input read: how a handler asks the mesh, and marks and answers what it hears.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BadRequest } from '../../doors/bad-request.js';
import type { Success } from '../../doors/outcomes.js';
import type { Operation } from '../../ledger/command.js';
import type { Query, ReplyTo } from '../../ledger/query.js';
import type { Result } from '../../ledger/result.js';
import { headerOf, namedHolderOf } from '../caller.js';
import type { GatewayContext } from '../context.js';
import { invalidInput, refusalFault } from '../fault.js';
import { markDecided } from '../marks.js';
import { readV1 } from '../reads.js';
import { write } from '../writes.js';
import { type Input, type InputSchemas, readInput } from './input.js';

/** What the ledger decided, with the entry that did; the same for every repeat of the request key. */
export interface Decision<R extends Result> {
  readonly index: number;
  /** Ledger time of the entry. */
  readonly atMs: number;
  readonly result: R;
}

export class Call<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;

  /** Throws a Fault where the input is not as declared. */
  constructor(
    readonly context: GatewayContext,
    readonly request: FastifyRequest,
    readonly reply: FastifyReply,
    schemas: InputSchemas<P, Q, B>,
  ) {
    const input: Input<P, Q, B> = readInput(schemas, request);
    this.params = input.params;
    this.query = input.query;
    this.body = input.body;
  }

  /** Reads as the request's `consistency` asks, and marks the answer. Rejects with a Failure. */
  read<K extends Query>(query: K): Promise<ReplyTo<K>> {
    return readV1(this.context, this.reply, query, this.consistency());
  }

  /** Linearizable, unless the request asks for what is here. */
  consistency(): 'linearizable' | 'stale' {
    // Only reads declare the parameter; its schema let nothing else through.
    const { consistency } = this.request.query as { readonly consistency?: 'linearizable' | 'stale' };
    return consistency ?? 'linearizable';
  }

  /**
   * Submits for the holder (see `holder`), marks the answer, and gives what was decided, which is one of `kinds`.
   * Rejects with a Fault for a refusal, with a Failure where nothing was decided.
   */
  async write<K extends Success>(
    operation: Operation,
    kinds: readonly K[],
    named?: string,
  ): Promise<Decision<Extract<Result, { kind: K }>>> {
    const holder = this.holder(named);
    const submitted = write(this.context, this.request, this.reply, { door: 'rest', holder, operation });
    const { index, atMs, result } = await inHeader('Idempotency-Key', submitted);
    if (result.kind === 'refused') throw refusalFault(result);
    if (!isOneOf(result, kinds)) throw new Error(`assertion: ${operation.kind} gives no ${result.kind}`);
    markDecided(this.reply, index);
    return { index, atMs, result };
  }

  /** Who asks: `named` by the body or the query, else `Malha-Vehicle`, else the anonymous one. Throws a Fault. */
  holder(named?: string): string {
    try {
      return namedHolderOf(this.request, named);
    } catch (error) {
      throw headerFault('Malha-Vehicle', error);
    }
  }

  /**
   * The index of `If-Match`, after which the reservation must not have changed; 0 where any will do.
   * Throws a Fault for what is no strong tag of one index.
   */
  ifIndex(): number {
    const tag = headerOf(this.request, 'if-match');
    if (tag === undefined || tag.trim() === '*') return 0;
    const index = Number(/^"([1-9]\d{0,15})"$/.exec(tag.trim())?.[1] ?? Number.NaN);
    if (Number.isSafeInteger(index)) return index;
    throw invalidInput([{ parameter: 'If-Match', detail: 'an index in double quotes is expected, or *' }]);
  }

  /** Answers 201 with where the new thing is. */
  made(location: string): void {
    this.reply.code(201).header('Location', location);
  }
}

function isOneOf<K extends Success>(
  result: Exclude<Result, { kind: 'refused' }>,
  kinds: readonly K[],
): result is Extract<Result, { kind: K }> {
  return kinds.some((kind) => kind === result.kind);
}

async function inHeader<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw headerFault(name, error);
  }
}

/** What a header's parser found wrong, as a Fault that names the header. */
function headerFault(parameter: string, error: unknown): unknown {
  return error instanceof BadRequest ? invalidInput([{ parameter, detail: error.message }]) : error;
}
