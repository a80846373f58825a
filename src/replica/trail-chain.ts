/**
 * What can be proven of records that come from elsewhere: that the chain of their heads arrives at a head which is known
 * here, and from their own text what they are about. Nothing else that a peer says of them counts.
 */
import { hash } from 'node:crypto';
import { type AuditRecord, subjectOf } from '../ledger/audit.js';
import { isHolder } from '../ledger/checks.js';
import type { TrailRecord } from './ports.js';

/** The head after a record: what `headAfter` of the ledger gives, by a faster hash. */
export function headOf({ before, text }: Pick<TrailRecord, 'before' | 'text'>): string {
  return hash('sha256', `${before}\n${text}`, 'hex');
}

/** Whether `records` are at least one, in order, below `end`, and chained without a gap up to `head`. */
export function arrivesAt(head: string, records: readonly TrailRecord[], end: number): boolean {
  let [wanted, below] = [head, end];
  for (const record of [...records].reverse()) {
    if (record.index >= below || headOf(record) !== wanted) return false;
    wanted = record.before;
    below = record.index;
  }
  return records.length > 0;
}

/** A proven record as its replica would have made it, with what it is about. Throws when its text is no record. */
export function withSubjects(record: TrailRecord): AuditRecord {
  const { holder, events } = JSON.parse(record.text) as RecordFacts;
  const subjects = new Set<string>();
  if (isHolder(holder)) subjects.add(subjectOf('holder', holder));
  for (const { kind, reservationId = '', pointId, waitId = '' } of events) {
    if (reservationId !== '') subjects.add(subjectOf('reservation', reservationId));
    if (pointId !== undefined) subjects.add(subjectOf('point', pointId));
    if (kind === 'wait') subjects.add(subjectOf('wait', waitId));
  }
  return { ...record, subjects: [...subjects] };
}

/** Of a record's text, as `audit.ts` writes it. */
interface RecordFacts {
  readonly holder: string;
  readonly events: readonly {
    readonly kind: string;
    readonly reservationId?: string;
    readonly pointId?: string;
    readonly waitId?: string;
  }[];
}
