/** What stands in the way of a vehicle at a point, now. */
import type { Memory } from '../memory.js';
import type { PointStatus } from '../terms.js';

/** Why no vehicle can begin at a registered point: its status, or a car that stands there; null when one can. */
export function inTheWay(memory: Memory, pointId: string): Exclude<PointStatus, 'available'> | null {
  const { status } = memory.points.get(pointId)!;
  if (status !== 'available') return status;
  // Its company may have called the point available over a car that did not leave.
  return memory.reservations.activeAt(pointId) === undefined ? null : 'occupied';
}
