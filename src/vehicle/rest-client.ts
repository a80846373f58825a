/**
 * The mesh as a vehicle sees it over REST: any node will do, and one that fails makes place for the next.
 *
 * 1. A write carries one request key through all its attempts, at whatever node, until its outcome is known.
 * 2. What the answers say is checked before it is believed.
 */
import * as z from 'zod';
import { type BackOffRules, backOffRealMs, sleepRealMs } from './back-off.js';
import type { VehicleClock } from './clock.js';
import { type Random, shuffled } from './random.js';
import type { Route } from './road.js';

/** A node that failed is asked last for so long. */
const AVOID_NODE_REAL_MS = 10_000;

export interface RestOptions {
  /** Base URLs without a slash at the end; at least one. */
  readonly nodes: readonly string[];
  readonly vehicleId: string;
  readonly clock: VehicleClock;
  readonly random: Random;
  readonly requestTimeoutRealMs: number;
  readonly backOffRealMs: BackOffRules;
  readonly onNodeFailed: (node: string, reason: string) => void;
}

/** Free or not, as the documented `GET /routes` shows it. */
export interface ShownPoint {
  readonly id: string;
  readonly free: boolean;
}

/** What became of a write. `atMs` is the ledger time of the entry that decided it. */
export type WriteOutcome =
  | { readonly kind: 'done'; readonly atMs: number; readonly node: string }
  | { readonly kind: 'refused'; readonly pointIds: readonly string[]; readonly node: string }
  /** The request itself is at fault; sending it again would not help. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly node: string };

export interface RestClient {
  /** All points of all routes as the documented route shows them. Goes on until answered; rejects when `signal` aborts. */
  shownPoints(signal: AbortSignal): Promise<readonly ShownPoint[]>;
  /** The routes with kilometres and posts. Goes on until answered; rejects when `signal` aborts. */
  routes(signal: AbortSignal): Promise<readonly Route[]>;
  /** `POST /reserve-points/{ids}`. Goes on until the outcome is known; rejects when `signal` aborts: then it is unknown. */
  reserve(pointIds: readonly string[], requestKey: string, signal: AbortSignal): Promise<WriteOutcome>;
  /** `POST /cancel-reservation/{ids}`, likewise. */
  cancel(pointIds: readonly string[], requestKey: string, signal: AbortSignal): Promise<WriteOutcome>;
}

const DocumentedRoutes = z.array(
  z.object({ pontos: z.array(z.object({ id: z.string(), disponivel: z.boolean() })) }),
);

const RoutesV1 = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      points: z.array(
        z.object({
          id: z.string(),
          place: z.string(),
          latitude: z.number(),
          longitude: z.number(),
          connector: z.string(),
          powerKw: z.number(),
          free: z.boolean(),
        }),
      ),
      legsKm: z.array(z.number().nonnegative()),
    }),
  ),
});

const RefusedPoints = z.union([
  z.object({ indisponiveis: z.array(z.string()) }).transform((body) => body.indisponiveis),
  z.object({ nao_cancelados: z.array(z.string()) }).transform((body) => body.nao_cancelados),
]);

interface HttpAnswer {
  readonly status: number;
  /** Ledger time of the entry; where the node does not say, when the request was sent: not later than that. */
  readonly atMs: number;
  readonly body: unknown;
  readonly node: string;
}

export function restClient(options: RestOptions): RestClient {
  const { nodes, clock, random } = options;
  if (nodes.length === 0) throw new Error('a vehicle needs at least one node');
  const avoidUntilMs = new Map<string, number>();

  /** A random node, those that failed a moment ago last. */
  function nextNode(tried: ReadonlySet<string>): string {
    const nowMs = clock.nowMs();
    const order = shuffled(random, nodes);
    const well = order.filter((node) => (avoidUntilMs.get(node) ?? 0) <= nowMs);
    return (
      well.find((node) => !tried.has(node)) ?? order.find((node) => !tried.has(node)) ?? well[0] ?? order[0]!
    );
  }

  async function send(
    node: string,
    method: 'GET' | 'POST',
    path: string,
    requestKey: string | null,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const headers: Record<string, string> = { 'malha-vehicle': options.vehicleId };
    if (requestKey !== null) headers['idempotency-key'] = requestKey;
    const sentAtMs = clock.nowMs();
    const response = await fetch(node + path, {
      method,
      headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(options.requestTimeoutRealMs)]),
    });
    const text = await response.text();
    let body: unknown = null;
    try {
      body = JSON.parse(text);
    } catch {
      // Not JSON: what follows decides by the status, or finds that the shape is wrong.
    }
    return {
      status: response.status,
      atMs: parseAt(response.headers.get('malha-at')) ?? sentAtMs,
      body,
      node,
    };
  }

  /** Repeats one request, each time at another node, until `accept` makes something of an answer. */
  async function untilAnswered<T>(
    method: 'GET' | 'POST',
    path: string,
    requestKey: string | null,
    signal: AbortSignal,
    accept: (answer: HttpAnswer) => T | null,
  ): Promise<T> {
    let tried = new Set<string>();
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      const node = nextNode(tried);
      let reason: string;
      try {
        const answer = await send(node, method, path, requestKey, signal);
        const accepted = accept(answer);
        if (accepted !== null) return accepted;
        reason = `answered ${answer.status}`;
      } catch (error) {
        signal.throwIfAborted();
        reason = describe(error);
      }
      avoidUntilMs.set(node, clock.nowMs() + AVOID_NODE_REAL_MS * clock.speed);
      options.onNodeFailed(node, reason);
      tried.add(node);
      if (tried.size === nodes.length) tried = new Set();
      await sleepRealMs(clock, backOffRealMs(attempt, options.backOffRealMs, random), signal);
    }
  }

  function write(path: string, requestKey: string, signal: AbortSignal): Promise<WriteOutcome> {
    return untilAnswered('POST', path, requestKey, signal, (answer) => readWrite(answer));
  }

  return {
    shownPoints: (signal) =>
      untilAnswered('GET', '/routes', null, signal, ({ status, body }) => {
        const parsed = status === 200 ? DocumentedRoutes.safeParse(body) : null;
        if (!parsed?.success) return null;
        return parsed.data.flatMap((route) =>
          route.pontos.map((point) => ({ id: point.id, free: point.disponivel })),
        );
      }),
    routes: (signal) =>
      untilAnswered('GET', '/v1/routes', null, signal, ({ status, body }) => {
        const parsed = status === 200 ? RoutesV1.safeParse(body) : null;
        if (!parsed?.success) return null;
        return parsed.data.items.filter((route) => route.legsKm.length === route.points.length - 1);
      }),
    reserve: (pointIds, requestKey, signal) =>
      write(`/reserve-points/${pathOf(pointIds)}`, requestKey, signal),
    cancel: (pointIds, requestKey, signal) =>
      write(`/cancel-reservation/${pathOf(pointIds)}`, requestKey, signal),
  };
}

function pathOf(pointIds: readonly string[]): string {
  return pointIds.map((id) => encodeURIComponent(id)).join(',');
}

/** Null: the outcome is not known (504), or nothing was decided (503, 429, a fault): the same key again. */
function readWrite({ status, atMs, body, node }: HttpAnswer): WriteOutcome | null {
  if (status === 200) return { kind: 'done', atMs, node };
  if (status === 409) {
    const parsed = RefusedPoints.safeParse(body);
    // Without its list it is no refusal of points, but of the moment.
    return parsed.success ? { kind: 'refused', pointIds: parsed.data, node } : null;
  }
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    return { kind: 'rejected', reason: `answered ${status}`, node };
  }
  return null;
}

/** `Malha-At`: milliseconds since 1970, or RFC 3339. Null when it says neither. */
function parseAt(text: string | null): number | null {
  if (text === null) return null;
  const atMs = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isSafeInteger(atMs) ? atMs : null;
}

/** fetch says "fetch failed" and keeps the reason in `cause`. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const cause = error.cause;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.message;
}
