/**
 * Untrusted input to what a route declares, or one Fault that names all that is wrong with it.
 */
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type InputError, invalidInput } from '../fault.js';

/** Most errors that one problem names. */
const ERRORS_MAX = 20;

export interface InputSchemas<P, Q, B> {
  readonly params: z.ZodType<P>;
  readonly query: z.ZodType<Q>;
  readonly body: z.ZodType<B>;
}

export interface Input<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** Path, query and body as declared; throws a Fault of all three. */
export function readInput<P, Q, B>(
  { params, query, body }: InputSchemas<P, Q, B>,
  request: FastifyRequest,
): Input<P, Q, B> {
  const fromPath = params.safeParse(request.params);
  const fromQuery = query.safeParse(request.query);
  const fromBody = body.safeParse(request.body);
  if (fromPath.success && fromQuery.success && fromBody.success) {
    return { params: fromPath.data, query: fromQuery.data, body: fromBody.data };
  }
  const errors = [
    ...errorsOf(fromPath.error, parameterError),
    ...errorsOf(fromQuery.error, parameterError),
    ...errorsOf(fromBody.error, pointerError),
  ];
  throw invalidInput(errors.slice(0, ERRORS_MAX));
}

type Path = readonly PropertyKey[];

function errorsOf(
  error: z.ZodError | undefined,
  toError: (path: Path, detail: string) => InputError,
): readonly InputError[] {
  if (error === undefined) return [];
  return error.issues.flatMap(plainIssues).map(({ path, message }) => toError(path, message));
}

interface PlainIssue {
  readonly path: Path;
  readonly message: string;
}

/** One for each thing at fault: unknown keys apart from each other, of a union those of the branch that came closest. */
function plainIssues(issue: z.core.$ZodIssue): readonly PlainIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'there is no such key' }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const closest = [...issue.errors].sort((a, b) => a.length - b.length)[0]!;
    return closest
      .flatMap(plainIssues)
      .map(({ path, message }) => ({ path: [...issue.path, ...path], message }));
  }
  return [{ path: issue.path, message: issue.message }];
}

function parameterError(path: Path, detail: string): InputError {
  return { parameter: String(path[0] ?? ''), detail };
}

/** RFC 6901; '' is the whole body. */
function pointerError(path: Path, detail: string): InputError {
  const parts = path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`);
  return { pointer: parts.join(''), detail };
}
