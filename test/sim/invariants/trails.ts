/**
 * What the audit trails hold.
 *
 * 1. The record of an entry is the same wherever it is, with the same head before it.
 * 2. From the newest gap on the records of a replica are one chain, and it arrives at the head that the ledgers have.
 * 3. Nothing is missing in it that another one has.
 */
import { type AuditRecord, FIRST_HEAD } from '../../../src/ledger/audit.js';
import type { AuditHead } from '../../../src/ledger/state.js';
import { headOf } from '../../../src/replica/trail-chain.js';
import type { SimNode } from '../node.js';
import { demand } from './violation.js';

export class Trails {
  /** The head after the record of an entry, as whoever was looked at first has it. */
  private readonly heads = new Map<number, string>();
  /** Of every record that was looked at: none changes, and most are looked at in every sweep. */
  private readonly headsOf = new WeakMap<AuditRecord, string>();

  /** Looks at all that `node` has. */
  look({ name, trail: { content } }: SimNode): void {
    const from = content.gaps.at(-1) ?? 0;
    let before: string | null = null;
    for (const record of content.records) {
      const head = this.headAfter(record);
      const known = this.heads.get(record.index) ?? head;
      this.heads.set(record.index, known);
      demand(known === head, 'equal records everywhere', () => `${name} at ${record.index}`);
      if (record.index < from) continue;
      demand(
        before === null || before === record.before,
        'the audit trail is a chain',
        () => `${name}: a record is missing before ${record.index}, gaps are ${content.gaps}`,
      );
      before = head;
    }
  }

  private headAfter(record: AuditRecord): string {
    let head = this.headsOf.get(record);
    if (head === undefined) {
      head = headOf(record);
      this.headsOf.set(record, head);
    }
    return head;
  }

  /** Whether all that is applied in `node` is in its trail, or nobody of `nodes` has what is missing. */
  isComplete(node: SimNode, nodes: readonly SimNode[]): boolean {
    const head = node.running?.probe.ledger.auditHead() ?? null;
    const { content } = node.trail;
    if (head === null) return true;
    const gap = content.gaps.at(-1);
    if (gap === undefined) return content.records.some((record) => isAt(record, head));
    const wanted = content.records.find(({ index }) => index >= gap)?.before ?? head.head;
    return wanted !== FIRST_HEAD && !nodes.some((each) => headBefore(each, gap) === wanted);
  }
}

function isAt(record: AuditRecord, { index, head }: AuditHead): boolean {
  return record.index === index && headOf(record) === head;
}

/** The head after the last record of `node` before the entry at `index`. */
function headBefore({ trail: { content } }: SimNode, index: number): string | null {
  const record = content.records.findLast((each) => each.index < index);
  return record === undefined ? null : headOf(record);
}
