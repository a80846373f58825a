/** Where records of the audit trail are missing, as both trail stores keep it. */
import type { TrailGaps } from '../replica/ports.js';

/** `gaps`, in order, once one was closed and another opened. */
export function changedGaps(gaps: readonly number[], { opened, closed }: TrailGaps): readonly number[] {
  const left = gaps.filter((gap) => gap !== closed && gap !== opened);
  return opened === undefined ? left : [...left, opened].sort((a, b) => a - b);
}
