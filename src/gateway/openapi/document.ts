/**
 * The OpenAPI 3.1 document, made of the schemas that read the requests.
 */
import { z } from 'zod';
import { OUTCOMES, type Outcome, type OutcomeCode, outcomeOf } from '../../doors/outcomes.js';
import { PROBLEM, problemsOf } from '../v1/problem-shape.js';
import type { AnswerShape, RouteShape } from '../v1/route.js';
import { HEADERS, headersOf, PARAMETERS, parameterNamesOf } from './headers.js';
import { namedSchemas, parametersOf, referenceTo } from './json-schemas.js';
import { DESCRIPTION, TAGS } from './words.js';

export type Json = { readonly [key: string]: unknown };

const PROBLEM_JSON = 'application/problem+json';

/** The document of these routes. Throws an Error where a route is declared badly. */
export function openApiDocument(routes: readonly RouteShape[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    paths[route.path]![route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'malha',
      version,
      summary: 'Reserve every stop of a trip, at any number of charging companies, all or nothing.',
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'Any node answers every route for the whole mesh.' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: namedSchemas(),
      parameters: PARAMETERS,
      headers: HEADERS,
      responses: failureResponses(routes),
      examples: problemExamples(),
    },
  };
}

function operationOf(route: RouteShape): Json {
  const { operationId, tag, summary, description, params, query, body } = route;
  const headers = parameterNamesOf(route).map((name) => ({ $ref: `#/components/parameters/${name}` }));
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    parameters: [
      ...(params === undefined ? [] : parametersIn('path', params)),
      ...(query === undefined ? [] : parametersIn('query', query)),
      ...headers,
    ],
    ...(body === undefined ? {} : { requestBody: requestBodyOf(body) }),
    responses: { ...successesOf(route), ...failuresOf(route) },
  };
}

function parametersIn(place: 'path' | 'query', schema: z.ZodObject): readonly Json[] {
  return parametersOf(schema).map(({ name, required, description, schema: type }) => ({
    name,
    in: place,
    required,
    ...(description === '' ? {} : { description }),
    schema: type,
  }));
}

function requestBodyOf(body: z.ZodType): Json {
  const isOptional = body instanceof z.ZodOptional;
  const schema = referenceTo(isOptional ? (body.unwrap() as z.ZodType) : body, 'input');
  return { required: !isOptional, content: { 'application/json': { schema } } };
}

function successesOf(route: RouteShape): Json {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, answer]) => [
      status,
      {
        description: answer.description,
        headers: headersOf(route, Number(status)),
        ...contentOf(answer),
      },
    ]),
  );
}

function contentOf({ schema, mediaType = 'application/json' }: AnswerShape): Json {
  const ofNoSchema = { type: mediaType === 'application/json' ? 'object' : 'string' };
  return {
    content: { [mediaType]: { schema: schema === null ? ofNoSchema : referenceTo(schema, 'output') } },
  };
}

/** One response a status, by reference: most routes share most of them. */
function failuresOf(route: RouteShape): Json {
  return Object.fromEntries(
    failureGroups(route).map(({ name, status }) => [status, { $ref: `#/components/responses/${name}` }]),
  );
}

function failureResponses(routes: readonly RouteShape[]): Json {
  const responses: Record<string, Json> = {};
  for (const route of routes) {
    for (const { name, status, slugs } of failureGroups(route)) {
      responses[name] ??= failureOf(route, status, slugs);
    }
  }
  return responses;
}

interface FailureGroup {
  readonly name: string;
  readonly status: number;
  readonly slugs: readonly string[];
}

function failureGroups(route: RouteShape): readonly FailureGroup[] {
  const byStatus = new Map<number, string[]>();
  for (const code of new Set(problemsOf(route))) {
    const { httpStatus, slug } = outcomeOf(code);
    byStatus.set(httpStatus, [...(byStatus.get(httpStatus) ?? []), slug].sort());
  }
  return [...byStatus].map(([status, slugs]) => ({
    name: `${route.does}.${slugs.join('.')}`,
    status,
    slugs,
  }));
}

function failureOf(route: RouteShape, status: number, slugs: readonly string[]): Json {
  const examples = slugs.map((slug) => [slug, { $ref: `#/components/examples/${slug}` }] as const);
  return {
    description: slugs.map((slug) => `\`${slug}\``).join(', '),
    headers: headersOf(route, status),
    content: {
      [PROBLEM_JSON]: {
        schema: referenceTo(PROBLEM, 'output'),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

/** One for every type of problem there is, whichever route gives it. */
function problemExamples(): Json {
  const problems = (Object.keys(OUTCOMES) as OutcomeCode[]).map(outcomeOf).filter(isProblem);
  return Object.fromEntries(
    problems.map(({ slug, title, httpStatus, english }) => [
      slug,
      {
        summary: title,
        value: { type: `urn:malha:problem:${slug}`, title, status: httpStatus, detail: english },
      },
    ]),
  );
}

function isProblem({ httpStatus }: Outcome): boolean {
  return httpStatus >= 400;
}
