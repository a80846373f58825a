/** What the tests of the audit trail share: what a node holds of it, and what must be so. */
import { expect } from 'vitest';
import { FIRST_HEAD, headAfter } from '../../src/ledger/audit.js';
import type { AuditHead } from '../../src/ledger/state.js';
import type { Replica } from '../../src/replica/replica.js';
import type { VirtualMesh, VirtualNode } from '../support/virtual-mesh.js';

/** The end of the chain, as the ledger of a node has it. */
export function headOfLedger(replica: Replica): AuditHead | null {
  // biome-ignore lint/complexity/useLiteralKeys: the only way to a private field that the compiler still checks
  return replica['options'].ledger.auditHead();
}

/** The records of a node are one chain, from the first one of the mesh up to the head of the node's ledger. */
export function expectWhole({ trail, running }: VirtualNode): void {
  expect(trail.gaps).toEqual([]);
  let head = FIRST_HEAD;
  for (const record of trail.records) {
    expect(record.before).toBe(head);
    head = headAfter(record);
  }
  expect({ index: trail.lastIndex, head }).toEqual(headOfLedger(running));
}

/** Lets time pass until no node lacks anything, and demands that it is so. */
export async function becomeWhole(mesh: VirtualMesh): Promise<void> {
  await mesh.until(() =>
    mesh.nodes.every(({ replica, trail }) => replica === null || isWhole(replica, trail)),
  );
  for (const node of mesh.nodes) if (node.replica !== null) expectWhole(node);
  const [first, ...others] = mesh.nodes.filter(({ replica }) => replica !== null);
  for (const { trail } of others) expect(trail.records).toEqual(first!.trail.records);
}

function isWhole(replica: Replica, { gaps, lastIndex }: VirtualNode['trail']): boolean {
  return gaps.length === 0 && lastIndex === (headOfLedger(replica)?.index ?? 0);
}
