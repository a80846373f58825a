/**
 * What happened to a reservation, entry by entry, from the audit trail: also of one that was pruned.
 *
 * 1. A record tells only what concerns this reservation: events of others, and answers about others, are left out.
 * 2. A holder sees all of its own, and nothing of another's: ids can be guessed.
 * 3. A company sees the stops at its own points in full, of others only that there is one.
 */
import type { Door, Operation } from '../ledger/command.js';
import type { LedgerEvent } from '../ledger/event.js';
import type { Result } from '../ledger/result.js';
import type { Mesh, QueryOptions, TrailAnswer } from '../replica/mesh.js';
import { seesInFull, type Viewer, viewOf } from './event-view.js';
import { type ReadRecord, readRecord } from './trail-record.js';

export interface HistoryQuestion {
  readonly reservationId: string;
  readonly viewer:
    | { readonly kind: 'holder'; readonly holder: string }
    | { readonly kind: 'company'; readonly company: string };
  /** The last item's index of the page before; 0 for the first page. */
  readonly afterIndex: number;
  /** 1 to `PAGE_SIZE_MAX`. */
  readonly limit: number;
  /** How fresh this node must be before it looks into its trail. */
  readonly options: QueryOptions;
}

/** A stop of which the viewer learns only that there is one, and what became of it. */
export interface ForeignStop {
  readonly kind: 'stop';
  readonly reservationId: string;
  readonly stop: number;
  readonly company: 'another company';
  readonly from: string;
  readonly to: string;
}

export interface HistoryItem {
  /** Of the entry. */
  readonly index: number;
  /** Its ledger time. */
  readonly atMs: number;
  readonly door: Door;
  /** The company whose node took the request; '' where time acted. */
  readonly originCompany: string;
  readonly traceId: string;
  /** Of the operation, which may have been about something else. */
  readonly kind: Operation['kind'];
  /** The command's holder; '' where time acted, or where it is not the viewer's to know. */
  readonly who: string;
  /** In full where it speaks of this reservation to its holder, else its kind alone. */
  readonly result: Result | Pick<Result, 'kind'>;
  /** Those of the entry that are about this reservation, in order. */
  readonly events: readonly (LedgerEvent | ForeignStop)[];
}

export interface History {
  readonly items: readonly HistoryItem[];
  /** From this index on nothing is missing; what is older may lack records on this node. */
  readonly completeFrom: number;
  /** `afterIndex` of the next page; null when there is nothing more. */
  readonly after: number | null;
  /** What `QueryAnswer` says of the read that came first. */
  readonly index: number;
  readonly ageMs: number;
}

/** Null: there is no such reservation that the viewer may know of. Rejects with a Failure. */
export async function historyOf(
  mesh: Pick<Mesh, 'query' | 'readTrail'>,
  { reservationId, viewer, afterIndex, limit, options }: HistoryQuestion,
): Promise<History | null> {
  // The trail is read here: this makes it no older than the caller allows.
  const row = await mesh.query({ kind: 'reservation', reservationId }, options);
  const page = await readTrail(mesh, reservationId, afterIndex, limit);
  const holder = row.reply?.holder ?? (await firstHolder(mesh, reservationId));
  if (holder === null || (viewer.kind === 'holder' && viewer.holder !== holder)) return null;

  const sees: Viewer = { company: '', holder: '', ...viewer };
  return {
    items: page.records.map((record) => itemOf(readRecord(record), reservationId, sees)),
    completeFrom: page.completeFrom,
    after: page.records.length < limit ? null : page.records.at(-1)!.index,
    index: row.index,
    ageMs: row.ageMs,
  };
}

function readTrail(
  mesh: Pick<Mesh, 'readTrail'>,
  id: string,
  afterIndex: number,
  limit: number,
): Promise<TrailAnswer> {
  return mesh.readTrail({ kind: 'of', what: 'reservation', id, afterIndex, limit });
}

/** Whose it was, by the oldest record that this node has of it; null when none says so. */
async function firstHolder(mesh: Pick<Mesh, 'readTrail'>, reservationId: string): Promise<string | null> {
  const { records } = await readTrail(mesh, reservationId, 0, 1);
  for (const record of records) {
    for (const event of eventsAbout(readRecord(record), reservationId)) {
      if ('holder' in event) return event.holder;
    }
  }
  return null;
}

function itemOf(record: ReadRecord, reservationId: string, viewer: Viewer): HistoryItem {
  const { index, atMs, door, originCompany, traceId, kind, result } = record;
  const about = eventsAbout(record, reservationId);
  const known = about.some(
    (event) => 'holder' in event && event.holder === record.holder && seesInFull(event, viewer),
  );
  const who = known ? record.holder : '';
  const isAnswer = 'reservationId' in result && result.reservationId === reservationId;
  const isHolders = viewer.holder !== '' && isAnswer;
  const base = { index, atMs, door, originCompany, traceId, kind, who };
  return {
    ...base,
    result: isHolders ? result : { kind: result.kind },
    events: about.map((event) => shown(event, viewer)),
  };
}

function eventsAbout({ events }: ReadRecord, reservationId: string): readonly LedgerEvent[] {
  return events.filter((event) => 'reservationId' in event && event.reservationId === reservationId);
}

function shown(event: LedgerEvent, viewer: Viewer): LedgerEvent | ForeignStop {
  if (event.kind !== 'stop' || seesInFull(event, viewer)) return viewOf(event, viewer);
  const { kind, reservationId, stop, from, to } = event;
  return { kind, reservationId, stop, company: 'another company', from, to };
}
