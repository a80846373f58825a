/**
 * REST v1 as the commands use it: any of the nodes will do, and one that cannot answer makes place for the next.
 *
 * A write carries one request key to whatever node, so that it takes effect once.
 */
import { z } from 'zod';

/** Longer than a node takes to say that it does not know. */
const REQUEST_TIMEOUT_MS = 15_000;

export interface NodeCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** From the slash on, with its ids encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
}

const PROBLEM = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  errors: z
    .array(
      z.looseObject({ pointer: z.string().optional(), parameter: z.string().optional(), detail: z.string() }),
    )
    .optional(),
  conflicts: z
    .array(
      z.looseObject({
        stop: z.number(),
        pointId: z.string().nullable(),
        reason: z.string(),
        detail: z.string(),
      }),
    )
    .optional(),
});

export type Problem = z.output<typeof PROBLEM>;

/** What was not answered with a success. */
export class CallProblem extends Error {
  override readonly name = 'CallProblem';

  /** `problem` null: no node answered as nodes do. `sent`: one may have taken the request all the same. */
  constructor(
    message: string,
    readonly problem: Problem | null,
    readonly sent: boolean,
  ) {
    super(message);
  }
}

export interface NodeAnswer<T> {
  readonly body: T;
  readonly headers: Headers;
}

/** Asks the nodes in turn until one decides. Throws a CallProblem: the one that leaves most open. */
export async function callNode<S extends z.ZodType>(
  nodes: readonly string[],
  call: NodeCall,
  shape: S,
): Promise<NodeAnswer<z.output<S>>> {
  let worst: CallProblem | undefined;
  for (const node of nodes) {
    try {
      return await callOne(node, call, shape);
    } catch (error) {
      if (!(error instanceof CallProblem)) throw error;
      if (error.problem !== null && !isOfThisNode(error.problem)) throw error;
      if (worst === undefined || gravity(error) > gravity(worst)) worst = error;
    }
  }
  throw worst ?? new CallProblem('there is no node to ask', null, false);
}

/** An outcome that is unknown outweighs a promise that nothing was done, and that a node that does not answer. */
function gravity({ problem, sent }: CallProblem): number {
  if (problem === null) return sent ? 2 : 0;
  return problem.status === 503 ? 1 : 3;
}

/** Whether another node may answer where this one cannot; for a write the request key makes that safe. */
function isOfThisNode({ status }: Problem): boolean {
  return status === 503 || status === 504 || status === 500;
}

async function callOne<S extends z.ZodType>(
  node: string,
  { method, path, query = {}, headers = {}, body }: NodeCall,
  shape: S,
): Promise<NodeAnswer<z.output<S>>> {
  const url = new URL(`${node}${path}`);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value);
  const sent = new Headers(body === undefined ? {} : { 'content-type': 'application/json' });
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) sent.set(name, value);
  const answer = await fetched(node, url, {
    ...{ method, headers: sent, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.json === undefined) throw noNode(node);
  if (!answer.ok) {
    const problem = PROBLEM.safeParse(answer.json);
    if (!problem.success) throw noNode(node);
    throw new CallProblem(problem.data.detail, problem.data, true);
  }
  const parsed = shape.safeParse(answer.json);
  if (!parsed.success) throw noNode(node);
  return { body: parsed.data, headers: answer.headers };
}

interface Fetched {
  readonly ok: boolean;
  readonly headers: Headers;
  /** Undefined where the body is no JSON. */
  readonly json: unknown;
}

async function fetched(node: string, url: URL, init: RequestInit): Promise<Fetched> {
  try {
    const response = await fetch(url, init);
    const text = await response.text();
    return { ok: response.ok, headers: response.headers, json: jsonOf(text) };
  } catch (error) {
    throw new CallProblem(`${node} ${faultOf(error)}`, null, codeOf(error) !== 'ECONNREFUSED');
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function noNode(node: string): CallProblem {
  return new CallProblem(`${node} is not a malha node of this version`, null, true);
}

function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `does not answer within ${REQUEST_TIMEOUT_MS / 1_000} s`;
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return 'does not answer';
  const { cause } = error;
  return `cannot be asked: ${code || (cause instanceof Error ? cause.message : error.message)}`;
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}
