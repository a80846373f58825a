/**
 * A client of the REST gateway that takes nothing for granted: status, headers and parsed JSON of one answer.
 */
import { eventually } from '../support/eventually.js';
import type { NodeProcess } from '../support/node-process.js';

/** Longer than any node may take to answer. */
const PATIENCE_MS = 15_000;

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** One request, one answer. Rejects where there is none, or one that is not JSON. */
export async function ask(node: NodeProcess, path: string, asking: Asking = {}): Promise<Asked> {
  const { body, headers, method = body === undefined ? 'GET' : 'POST' } = asking;
  const response = await fetch(`${node.url}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  return { status: response.status, headers: response.headers, json: await response.json() };
}

export function post(node: NodeProcess, path: string, headers: Readonly<Record<string, string>> = {}) {
  return ask(node, path, { method: 'POST', headers });
}

/** A read that is not behind: on a busy machine a documented read may give up on that and say so, and is asked again. */
export function askFresh(node: NodeProcess, path: string, asking: Asking = {}): Promise<Asked> {
  return eventually(async () => {
    const asked = await ask(node, path, asking);
    return asked.headers.get('Malha-Age-Ms') === null && asked.status !== 503 ? asked : false;
  });
}

/** What a node's ledger says that a holder has now, linearizable: each open stop's point, sorted. */
export async function heldPoints(node: NodeProcess, holder: string): Promise<readonly string[]> {
  const { status, json } = await ask(node, `/v1/reservations?vehicle=${holder}`);
  if (status !== 200) throw new Error(`/v1/reservations answers ${status}`);
  const { items } = json as { items: { stops: { pointId: string; state: string }[] }[] };
  return items
    .flatMap(({ stops }) => stops.filter(({ state }) => state === 'PLANNED').map(({ pointId }) => pointId))
    .sort();
}
