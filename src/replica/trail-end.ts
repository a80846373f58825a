/**
 * Whether the trail that a process finds is whole, as far as it can tell at once: a state that came from a peer, a new disk,
 * a loss of power and a damage that LevelDB drops without a word each leave a gap.
 */
import { FIRST_HEAD } from '../ledger/audit.js';
import type { AuditHead } from '../ledger/state.js';
import type { TrailRecord, TrailStore } from './ports.js';
import { headOf } from './trail-chain.js';

/** LevelDB drops in silence only what lies in no table yet: never as many records as this. */
const PROVEN_RECORDS = 20_000;
const PAGE_RECORDS = 1_000;

/** Whether the trail has the record of the ledger's `head`; null stands for a ledger before its first. Rejects as a read does. */
export async function arrivesAtHead(
  trail: Pick<TrailStore, 'readBefore'>,
  head: AuditHead | null,
): Promise<boolean> {
  if (head === null) return true;
  const [last] = await trail.readBefore(head.index + 1, 1);
  return last !== undefined && last.index === head.index && headOf(last) === head.head;
}

/** Notes a gap where the trail does not arrive at `head`, before any record behind it is appended. */
export async function noteGapAtEnd(trail: TrailStore, head: AuditHead | null): Promise<void> {
  if (head === null) return;
  // What cannot be read is missing.
  const isWhole = await arrivesAtHead(trail, head).catch(() => false);
  if (!isWhole) await trail.append([], { opened: head.index + 1 });
}

/** Notes a gap wherever the newest records are not one chain, and before what cannot be read. */
export async function noteBreaks(trail: TrailStore): Promise<void> {
  let next: TrailRecord | null = null;
  let left = PROVEN_RECORDS;
  for (let before = Number.MAX_SAFE_INTEGER; left > 0; ) {
    const page = await readOrDamage(trail, before);
    if (page === null) return;
    if (typeof page === 'number') {
      await trail.append([], { opened: page + 1 });
      [before, next] = [page, null];
      left -= 1;
      continue;
    }
    if (page.length === 0) {
      if (next !== null && !isBeginning(next, trail.gaps)) await trail.append([], { opened: next.index });
      return;
    }
    for (const record of [...page].reverse()) {
      if (next !== null && !goesOn(record, next, trail.gaps)) await trail.append([], { opened: next.index });
      next = record;
    }
    before = page[0]!.index;
    left -= page.length;
  }
}

/** Whether `next` goes on from `record`, or is known not to: records between the two are missing. */
export function goesOn(record: TrailRecord, next: TrailRecord, gaps: readonly number[]): boolean {
  if (headOf(record) === next.before) return true;
  return gaps.some((gap) => gap > record.index && gap <= next.index);
}

/** Whether `first`, the oldest record, is the first one of the mesh, or is known not to be. */
export function isBeginning(first: TrailRecord, gaps: readonly number[]): boolean {
  return first.before === FIRST_HEAD || gaps.some((gap) => gap <= first.index);
}

/** Which record a read found damaged; null for any other error. */
export function damagedIndex(error: unknown): number | null {
  const index = error instanceof Error && 'index' in error ? error.index : null;
  return typeof index === 'number' ? index : null;
}

/** A page of records before `before`, or the index of a damaged one among them; null when neither can be told. */
async function readOrDamage(
  trail: TrailStore,
  before: number,
): Promise<readonly TrailRecord[] | number | null> {
  try {
    return await trail.readBefore(before, PAGE_RECORDS);
  } catch (error) {
    // Whoever reads that place is told, and has it fetched anew: it is no reason not to start.
    return damagedIndex(error);
  }
}
