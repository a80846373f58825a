/** Clients over REST: the documented routes and v1. */
import { randomBytes } from 'node:crypto';
import type { MeshCall, QueryCall } from '../checker/mesh-history.js';
import type { NodeProcess } from '../support/node-process.js';
import type { Heard } from './recorder.js';
import { heardOfRead, heardOfWrite, pointsView, type RestAnswer, reservationsView } from './rest-answer.js';
import { DOCUMENTED_MS, type RestRequest, requestFor } from './rest-request.js';
import type { Way } from './way.js';

export class RestWay implements Way {
  readonly door = 'rest';
  readonly traces = true;

  queries(holder: string): readonly QueryCall[] {
    return [
      { kind: 'query', query: { kind: 'points', windowMs: DOCUMENTED_MS }, consistency: 'either' },
      { kind: 'query', query: { kind: 'open-reservations', holder }, consistency: 'linearizable' },
    ];
  }

  async ask(node: NodeProcess, call: MeshCall, holder: string, timeoutMs: number): Promise<Heard> {
    const { method, path, body } = requestOf(call, holder);
    const json = body === undefined ? {} : { 'Content-Type': 'application/json' };
    return fetch(`${node.url}${path}`, {
      method,
      headers: { 'Malha-Vehicle': holder, ...json, ...keysOf(call) },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
      .then(answerOf)
      .then((answer) => heardOf(call, answer), lost);
  }

  async close(): Promise<void> {}
}

function requestOf(call: MeshCall, holder: string): RestRequest {
  if (call.kind === 'command') return requestFor(call.operation, call.door);
  if (call.query.kind === 'points') return { method: 'GET', path: '/points' };
  return { method: 'GET', path: `/v1/reservations?vehicle=${holder}&pageSize=200` };
}

function keysOf(call: MeshCall): Readonly<Record<string, string>> {
  if (call.kind === 'query') return {};
  const traceparent = `00-${call.traceId}-${randomBytes(8).toString('hex')}-01`;
  return { 'Idempotency-Key': call.requestKey, traceparent };
}

function heardOf(call: MeshCall, answer: RestAnswer): Heard {
  if (call.kind === 'command') return heardOfWrite(call.operation, answer);
  return heardOfRead(answer, call.query.kind === 'points' ? pointsView : reservationsView);
}

async function answerOf(response: Response): Promise<RestAnswer> {
  const { status, headers } = response;
  return { status, headers, json: await response.json() };
}

/** No answer came. Who was refused a connection knows that nobody heard; all else may have happened. */
function lost(error: Error & { readonly cause?: { readonly code?: string } }): Heard {
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return { kind: 'unknown', reason: 'time-out' };
  const code = error.cause?.code;
  if (code === undefined) throw error;
  return { kind: code === 'ECONNREFUSED' ? 'denied' : 'unknown', reason: code };
}
