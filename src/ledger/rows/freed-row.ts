/** `f:<point id>`: a window that became free while somebody waits for it. */
import type { Freed } from '../state.js';
import { integerOf, textOf } from './checks.js';
import { ROW_VERSION, type RowFormat } from './format.js';

export const FREED_ROW: RowFormat<Freed> = {
  prefix: 'f:',
  id: (freed) => freed.pointId,
  write: ({ pointId, startMs, endMs, sinceMs }) =>
    JSON.stringify({ v: ROW_VERSION, pointId, startMs, endMs, sinceMs }),
  read: ({ pointId, startMs, endMs, sinceMs }) => ({
    pointId: textOf(pointId),
    startMs: integerOf(startMs),
    endMs: integerOf(endMs),
    sinceMs: integerOf(sinceMs),
  }),
};
