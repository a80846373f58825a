/**
 * How a data set enters the ledger: each company registers itself, its own points, and the routes that begin at one of
 * them, as ordinary commands.
 *
 * 1. What the ledger has under an id is left alone, whatever it says: the data set seeds, it does not govern.
 * 2. The request key follows from the content, so a repeat, also by a restarted node, is one command and not two.
 * 3. A route waits until its first point is registered, because only that makes it this company's.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '../ledger/command.js';
import type { RefusalReason } from '../ledger/result.js';
import type { Logger } from '../observe/logger.js';
import { Failure } from '../replica/failure.js';
import type { Mesh } from '../replica/mesh.js';
import type { DataSet, DataSetPoint, DataSetRoute } from './data-set.js';

const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 2_000;

export interface RegisterOptions {
  readonly mesh: Mesh;
  readonly dataSet: DataSet;
  /** Id of the company whose node this is. */
  readonly company: string;
  readonly logger: Logger;
  readonly requestTimeoutMs: number;
  /** Makes 32 lower-case hex digits. */
  readonly makeTraceId: () => string;
  /** Ends the attempt; what is registered by then stays. */
  readonly signal: AbortSignal;
}

export interface RegisterReport {
  /** False when `signal` ended it before everything was in the ledger or refused. */
  readonly done: boolean;
  /** Items as `point:7`, in the order of registration. */
  readonly registered: readonly string[];
  /** Items that the ledger had already. */
  readonly present: readonly string[];
  /** Items that the ledger refused, with its reason; they are not tried again. */
  readonly refused: readonly { readonly item: string; readonly reason: string }[];
}

interface Item {
  /** `kind:id`, unique within the data set. */
  readonly name: string;
  readonly operation: Operation;
  /** The item that must be in the ledger before this one makes sense. */
  readonly after: string | null;
}

/**
 * Registers what of the data set is the company's own and not yet in the ledger. Tries again while the mesh cannot
 * decide, until all is settled or `signal` aborts; resolves either way. Rejects only for a bug.
 */
export async function registerOwn(options: RegisterOptions): Promise<RegisterReport> {
  const { mesh, company, logger, requestTimeoutMs, signal } = options;
  const items = ownItems(options.dataSet, company);
  if (items.length === 0) logger.warn({ company }, 'the data set does not know this company');
  const registered: string[] = [];
  const present: string[] = [];
  const refused: { item: string; reason: string }[] = [];
  let inLedger: ReadonlySet<string> | null = null;
  let next = 0;
  let failures = 0;

  while (next < items.length && !signal.aborted) {
    const item = items[next]!;
    try {
      inLedger ??= await itemsInLedger(mesh, requestTimeoutMs);
      if (inLedger.has(item.name)) {
        present.push(item.name);
      } else if (refused.some((other) => other.item === item.after)) {
        refused.push({ item: item.name, reason: `needs ${item.after}` });
      } else {
        const refusal = await registerItem(options, item);
        if (refusal === null) registered.push(item.name);
        else refused.push({ item: item.name, reason: refusal });
      }
      next += 1;
      failures = 0;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures += 1;
      logger.debug({ item: item.name, failures, code: error.code }, 'seed waits for the mesh');
      const pauseMs = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(failures - 1, 10));
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
  if (registered.length > 0) logger.info({ company, items: registered.length }, 'seed registered');
  return { done: next === items.length, registered, present, refused };
}

/** Null once the item is in the ledger, else why the ledger refused it. Rejects with a Failure that is of the moment. */
async function registerItem(options: RegisterOptions, item: Item): Promise<RefusalReason | null> {
  const { mesh, company, logger, requestTimeoutMs, makeTraceId } = options;
  const { result } = await mesh.submit(
    {
      door: 'node',
      holder: `company:${company}`,
      requestKey: requestKey(item),
      keyKind: 'client',
      traceId: makeTraceId(),
      operation: item.operation,
    },
    { timeoutMs: requestTimeoutMs },
  );
  if (result.kind === 'registered') return null;
  if (result.kind !== 'refused') throw new Error(`bug: a registration was answered with "${result.kind}"`);
  if (result.reason === 'TOO_LATE' || result.reason === 'VERSION_NOT_RAISED') {
    // These two say "not now" and are not kept under the key.
    throw new Failure('UNAVAILABLE', `the ledger answered ${result.reason}`);
  }
  logger.warn({ item: item.name, reason: result.reason, detail: result.detail }, 'seed item refused');
  return result.reason;
}

function ownItems(dataSet: DataSet, company: string): Item[] {
  const own = dataSet.companies.find((candidate) => candidate.id === company);
  if (own === undefined) return [];
  const companyItem: Item = {
    name: `company:${own.id}`,
    operation: { kind: 'register-company', name: own.name, displayId: own.displayId },
    after: null,
  };
  const points = dataSet.points.filter((point) => point.company === company);
  const pointIds = new Set(points.map((point) => point.id));
  const routes = dataSet.routes.filter((route) => pointIds.has(route.pointIds[0]!));
  return [
    companyItem,
    ...points.map((point) => pointItem(point, companyItem.name)),
    ...routes.map((route) => routeItem(route)),
  ];
}

function pointItem(point: DataSetPoint, after: string): Item {
  return {
    name: `point:${point.id}`,
    operation: {
      kind: 'register-point',
      pointId: point.id,
      place: point.place,
      latitudeMicrodegrees: Math.round(point.latitude * 1_000_000),
      longitudeMicrodegrees: Math.round(point.longitude * 1_000_000),
      connector: point.connector,
      powerWatts: Math.round(point.powerKw * 1_000),
    },
    after,
  };
}

function routeItem(route: DataSetRoute): Item {
  return {
    name: `route:${route.id}`,
    operation: {
      kind: 'register-route',
      routeId: route.id,
      name: route.name,
      pointIds: route.pointIds,
      legMetres: route.legsKm.map((km) => Math.round(km * 1_000)),
    },
    after: `point:${route.pointIds[0]!}`,
  };
}

/** `seed:point:7:<digest of the content>`: the same on every start, another when the content changes. */
function requestKey(item: Item): string {
  const digest = createHash('sha256').update(JSON.stringify(item.operation)).digest('hex').slice(0, 16);
  return `seed:${item.name}:${digest}`;
}

async function itemsInLedger(mesh: Mesh, timeoutMs: number): Promise<ReadonlySet<string>> {
  const options = { consistency: 'linearizable', timeoutMs } as const;
  const [companies, points, routes] = await Promise.all([
    mesh.query({ kind: 'companies' }, options),
    mesh.query({ kind: 'points', windowMs: 1 }, options),
    mesh.query({ kind: 'routes', windowMs: 1 }, options),
  ]);
  return new Set([
    ...companies.reply.map((company) => `company:${company.id}`),
    ...points.reply.map(({ point }) => `point:${point.id}`),
    ...routes.reply.map(({ route }) => `route:${route.id}`),
  ]);
}
