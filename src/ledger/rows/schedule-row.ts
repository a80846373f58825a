/** `h:<point id>`: a point's opening hours and maintenance. */
import type { Schedule } from '../state.js';
import { fieldsOf, integerOf, listOf, textOf } from './checks.js';
import { ROW_VERSION, type RowFormat } from './format.js';

export const SCHEDULE_ROW: RowFormat<Schedule> = {
  prefix: 'h:',
  id: (schedule) => schedule.pointId,
  write: ({ pointId, utcOffsetMinutes, weekly, maintenance }) =>
    JSON.stringify({
      v: ROW_VERSION,
      pointId,
      utcOffsetMinutes,
      weekly: weekly.map(({ startMinute, endMinute }) => ({ startMinute, endMinute })),
      maintenance: maintenance.map(({ startMs, endMs }) => ({ startMs, endMs })),
    }),
  read: (fields) => ({
    pointId: textOf(fields.pointId),
    utcOffsetMinutes: integerOf(fields.utcOffsetMinutes),
    weekly: listOf(fields.weekly, (value) => {
      const { startMinute, endMinute } = fieldsOf(value);
      return { startMinute: integerOf(startMinute), endMinute: integerOf(endMinute) };
    }),
    maintenance: listOf(fields.maintenance, (value) => {
      const { startMs, endMs } = fieldsOf(value);
      return { startMs: integerOf(startMs), endMs: integerOf(endMs) };
    }),
  }),
};
