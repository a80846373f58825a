/** Which disk each node has in a schedule: as many of a kind as its faults need. */
import type { DiskKind } from './disks.js';
import type { FaultKind, Schedule } from './fault.js';

/** One for each node. */
export function disksFor({ nodes, steps }: Schedule): readonly DiskKind[] {
  const kinds = new Set<FaultKind>(steps.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
  return Array.from({ length: nodes }, (_, k): DiskKind => {
    if (kinds.has('blackout')) return 'powered';
    if (kinds.has('disk-full') && k === 0) return 'small';
    if (kinds.has('power-loss') && k === 1) return 'powered';
    return 'plain';
  });
}
