/** What faults of one kind did to the mesh, over a run. */
import type { FaultKind } from '../fault.js';
import type { ChaosReport } from '../run-chaos.js';

export interface OfKind {
  readonly kind: FaultKind;
  readonly times: number;
  readonly medianUnavailableMs: number;
  readonly mostUnavailableMs: number;
  readonly medianRecoveryMs: number;
}

/** In the order of their first happening. */
export function byKind({ faults }: ChaosReport): readonly OfKind[] {
  const kinds = [...new Set(faults.map(({ fault }) => fault.kind))];
  return kinds.map((kind) => {
    const mine = faults.filter(({ fault }) => fault.kind === kind);
    const gaps = mine.map(({ numbers }) => numbers.unavailableMs).sort((a, b) => a - b);
    const recoveries = mine
      .map(({ fromMs, toMs, fault }) => toMs - fromMs - fault.forMs)
      .sort((a, b) => a - b);
    return {
      kind,
      times: mine.length,
      medianUnavailableMs: median(gaps),
      mostUnavailableMs: gaps.at(-1)!,
      medianRecoveryMs: median(recoveries),
    };
  });
}

function median(sorted: readonly number[]): number {
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}
