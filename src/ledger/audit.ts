/**
 * The audit trail: what each command was and did, chained so that nothing of it can be changed or left out unseen.
 *
 * 1. Every command but a repeat of its key makes one record, refusals of admission too, from the entry on that raised
 *    the mesh to version 2.
 * 2. The head after a record is the SHA-256 of the head before it, a line feed and the record. It is a row, so that it
 *    is in the digest and equal on every replica; the records are kept outside memory.
 */
import { isHolder } from './checks.js';
import type { Command } from './command.js';
import type { LedgerEvent } from './event.js';
import type { Memory } from './memory.js';
import type { Answer } from './result.js';
import { resultText } from './rows/answer.js';
import { AUDIT_HEAD_ID } from './rows/audit-row.js';
import { ROW_VERSION } from './rows/format.js';
import { listText, quoted } from './rows/text.js';
import { sha256 } from './sha256.js';

/** The head before the first record. */
export const FIRST_HEAD = '0'.repeat(64);

export interface AuditRecord {
  /** Of the entry. */
  readonly index: number;
  /** The head before it: 64 lower-case hex digits. */
  readonly before: string;
  /** JSON in a fixed order. */
  readonly text: string;
  /** What it is about (`subjectOf`), each once. */
  readonly subjects: readonly string[];
}

/** Makes the entry's record and moves the head. Null under version 1, which has no trail. */
export function audit(
  memory: Memory,
  command: Command,
  answer: Answer,
  events: readonly LedgerEvent[],
): AuditRecord | null {
  if (memory.ledgerVersion < 2) return null;
  const { index } = answer;
  const before = memory.audit.get(AUDIT_HEAD_ID)?.head ?? FIRST_HEAD;
  const record = {
    index,
    before,
    text: recordText(command, answer, events),
    subjects: subjectsOf(command, events),
  };
  memory.audit.put({ index, head: headAfter(record) }, AUDIT_HEAD_ID);
  return record;
}

/** The head after a record: 64 lower-case hex digits. */
export function headAfter({ before, text }: Pick<AuditRecord, 'before' | 'text'>): string {
  return sha256(`${before}\n${text}`);
}

/** What a record can be about, told apart however ids and pseudonyms are chosen. */
export function subjectOf(what: 'reservation' | 'wait' | 'holder' | 'point', id: string): string {
  return `${what}:${id}`;
}

function recordText(command: Command, answer: Answer, events: readonly LedgerEvent[]): string {
  const { holder, door, originCompany, traceId, requestKey, operation } = command;
  const { index, atMs, result } = answer;
  return (
    `{"v":${ROW_VERSION},"index":${index},"atMs":${atMs},"holder":${quoted(holder)},"door":"${door}"` +
    `,"originCompany":${quoted(originCompany)},"traceId":${quoted(traceId)},"requestKey":${quoted(requestKey)}` +
    `,"kind":"${operation.kind}","result":${resultText(result)},"events":${listText(events, eventText)}}`
  );
}

function eventText(event: LedgerEvent): string {
  if (event.kind !== 'stop') return JSON.stringify(writableEvent(event));
  // By far the most are of this kind.
  const { reservationId, holder, stop, pointId, company, startMs, endMs, from, to, reason } = event;
  return (
    `{"kind":"stop","reservationId":${quoted(reservationId)},"holder":${quoted(holder)},"stop":${stop}` +
    `,"pointId":${quoted(pointId)},"company":${quoted(company)},"startMs":${startMs},"endMs":${endMs}` +
    `,"from":"${from}","to":"${to}","reason":${quoted(reason)}}`
  );
}

type RarerEvent = Exclude<LedgerEvent, { readonly kind: 'stop' }>;

/** The event with its fields in a fixed order, for `JSON.stringify`. */
function writableEvent(event: RarerEvent): RarerEvent {
  switch (event.kind) {
    case 'reservation': {
      const { kind, reservationId, holder, from, to, who, reason } = event;
      return { kind, reservationId, holder, from, to, who, reason };
    }
    case 'point': {
      const { kind, pointId, company, status, untilMs } = event;
      return { kind, pointId, company, status, untilMs };
    }
    case 'company': {
      const { kind, company, what, id, to } = event;
      return { kind, company, what, id, to };
    }
    case 'ticket': {
      const { kind, holder, ticket, reservationId, to } = event;
      return { kind, holder, ticket, reservationId, to };
    }
    case 'wait': {
      const { kind, waitId, holder, to, reservationId } = event;
      return { kind, waitId, holder, to, reservationId };
    }
    case 'notice': {
      const { kind, noticeId, holder, notice, reservationId, to } = event;
      return { kind, noticeId, holder, notice, reservationId, to };
    }
    case 'pruned':
      return { kind: event.kind, reservationId: event.reservationId };
  }
}

function subjectsOf({ holder }: Command, events: readonly LedgerEvent[]): readonly string[] {
  const subjects = new Set<string>();
  // A command that admission refused may name anybody as its holder.
  if (isHolder(holder)) subjects.add(subjectOf('holder', holder));
  for (const event of events) {
    if ('reservationId' in event && event.reservationId !== '') {
      subjects.add(subjectOf('reservation', event.reservationId));
    }
    if ('pointId' in event) subjects.add(subjectOf('point', event.pointId));
    if (event.kind === 'wait') subjects.add(subjectOf('wait', event.waitId));
  }
  return [...subjects];
}
