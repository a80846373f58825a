/**
 * What happened at a point, entry by entry, from the audit trail: its status and who used it, also long ago.
 *
 * 1. A record tells only what concerns this point: events elsewhere are left out.
 * 2. The point's company sees all of it. Others see what the events' feed shows them: when it was booked and used, not by
 *    whom, nor through whose node. A holder sees itself.
 */
import type { Door, Operation } from '../ledger/command.js';
import type { LedgerEvent } from '../ledger/event.js';
import type { Mesh, QueryOptions } from '../replica/mesh.js';
import { type Viewer, viewOf } from './event-view.js';
import { type ReadRecord, readRecord } from './trail-record.js';

export interface PointHistoryQuestion {
  readonly pointId: string;
  readonly viewer: Viewer;
  /** The last item's index of the page before; 0 for the first page. */
  readonly afterIndex: number;
  /** 1 to `PAGE_SIZE_MAX`. */
  readonly limit: number;
  /** How fresh this node must be before it looks into its trail. */
  readonly options: QueryOptions;
}

/** Events at one point: stops there, and what its company said of it. */
export type PointEvent = Extract<LedgerEvent, { kind: 'stop' | 'point' }>;

export interface PointHistoryItem {
  /** Of the entry. */
  readonly index: number;
  /** Its ledger time. */
  readonly atMs: number;
  /** Of the operation, which may have been about more than this point. */
  readonly kind: Operation['kind'];
  /** Through which door, node and trace it came: null for who is not the point's company. */
  readonly request: {
    readonly door: Door;
    /** '' where time acted. */
    readonly originCompany: string;
    readonly traceId: string;
  } | null;
  /** Those of the entry that are about this point, in order: at least one. */
  readonly events: readonly PointEvent[];
}

export interface PointHistory {
  readonly items: readonly PointHistoryItem[];
  /** From this index on nothing is missing; what is older may lack records on this node. */
  readonly completeFrom: number;
  /** `afterIndex` of the next page; null when there is nothing more. */
  readonly after: number | null;
  /** What `QueryAnswer` says of the read that came first. */
  readonly index: number;
  readonly ageMs: number;
}

/** What "is it free now" means is of no interest here. */
const ANY_WINDOW_MS = 60_000;

/** Null: there is no such point, and none that this node ever knew. Rejects with a Failure. */
export async function pointHistoryOf(
  mesh: Pick<Mesh, 'query' | 'readTrail'>,
  { pointId, viewer, afterIndex, limit, options }: PointHistoryQuestion,
): Promise<PointHistory | null> {
  // The trail is read here: this makes it no older than the caller allows.
  const row = await mesh.query({ kind: 'point', pointId, windowMs: ANY_WINDOW_MS }, options);
  const question = { kind: 'of', what: 'point', id: pointId, afterIndex, limit } as const;
  const { records, completeFrom } = await mesh.readTrail(question);
  if (row.reply === null && records.length === 0 && afterIndex === 0) return null;
  return {
    items: records.map((record) => itemOf(readRecord(record), pointId, viewer)),
    completeFrom,
    after: records.length < limit ? null : records.at(-1)!.index,
    index: row.index,
    ageMs: row.ageMs,
  };
}

function itemOf(
  { index, atMs, kind, door, originCompany, traceId, events }: ReadRecord,
  pointId: string,
  viewer: Viewer,
): PointHistoryItem {
  const about = events.filter(
    (event): event is PointEvent => 'pointId' in event && event.pointId === pointId,
  );
  const isOwn = viewer.company !== '' && about.some(({ company }) => company === viewer.company);
  return {
    ...{ index, atMs, kind, request: isOwn ? { door, originCompany, traceId } : null },
    events: about.map((event) => viewOf(event, viewer) as PointEvent),
  };
}
