/** What every operation on a company's own point begins with: who asks, is there such a point, whose is it. */
import { isReference } from '../checks.js';
import { ID_LENGTH_MAX } from '../limits.js';
import type { Memory } from '../memory.js';
import { type Refused, refused } from '../refusal.js';
import type { Point } from '../state.js';
import type { Context } from './context.js';

export interface FoundPoint {
  readonly kind: 'found';
  readonly point: Point;
}

/** The point, which the command's origin company owns. */
export function findOwnPoint(memory: Memory, pointId: string, { command }: Context): FoundPoint | Refused {
  if (!isReference(pointId)) return refused('INVALID', `an id has at most ${ID_LENGTH_MAX} characters`);
  if (!memory.companies.has(command.originCompany)) return refused('UNKNOWN_COMPANY');
  const point = memory.points.get(pointId);
  if (point === undefined) return refused('UNKNOWN_POINT');
  return point.company === command.originCompany ? { kind: 'found', point } : refused('NOT_OWNER');
}
