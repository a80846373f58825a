/**
 * Checks the audit trail of a replica's directory: every record, and that their heads are one chain but for the gaps that
 * the trail knows of.
 */
import { existsSync } from 'node:fs';
import type { AuditHead } from '../../ledger/state.js';
import type { TrailRecord } from '../../replica/ports.js';
import { arrivesAtHead, goesOn, isBeginning } from '../../replica/trail-end.js';
import { layoutOf } from '../../storage/layout.js';
import { LevelTrailStore } from '../../storage/level-trail-store.js';

export interface TrailReport {
  readonly records: number;
  /** Of the oldest and the newest record; 0 where there is none. */
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Directly before each of these indexes records are missing: a start fetches them from peers. */
  readonly gaps: readonly number[];
}

const PAGE_RECORDS = 1_000;

/**
 * Null where the directory, a copy, has no trail: it is of the time before there was one. `head` is that of the ledger,
 * where that can be had. Rejects with DamagedStore, and with an Error that names a record whose head does not fit.
 */
export async function checkTrail(copy: string, head: AuditHead | null): Promise<TrailReport | null> {
  const { trail: location } = layoutOf(copy);
  if (!existsSync(location)) return null;
  const trail = await LevelTrailStore.open(location);
  try {
    const missing = [...trail.gaps];
    let records = 0;
    let last: TrailRecord | null = null;
    for (let from = 0; ; from = last!.index + 1) {
      const page: readonly TrailRecord[] = await trail.read(from, PAGE_RECORDS);
      if (page.length === 0) break;
      for (const record of page) {
        if (last === null && !isBeginning(record, trail.gaps)) missing.push(record.index);
        checkChained(last, record, trail.gaps);
        last = record;
      }
      records += page.length;
    }
    const { firstIndex, lastIndex } = trail;
    if (head !== null && !(await arrivesAtHead(trail, head))) missing.push(head.index + 1);
    return { records, firstIndex, lastIndex, gaps: [...new Set(missing)].sort((a, b) => a - b) };
  } finally {
    await trail.close();
  }
}

/** Throws unless `record` goes on from the one before it, or a gap between the two is known. */
function checkChained(last: TrailRecord | null, record: TrailRecord, gaps: readonly number[]): void {
  if (last === null || goesOn(last, record, gaps)) return;
  throw new Error(
    `the audit trail is broken: the record at index ${record.index} does not go on from that at ${last.index}`,
  );
}
