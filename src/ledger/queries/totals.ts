/** How much there is of everything, for status and metrics. */
import type { Memory } from '../memory.js';
import type { Totals } from '../query.js';

export function totals(memory: Memory): Totals {
  const { open, held, all } = memory.reservations.counts();
  return {
    companies: memory.companies.size,
    points: memory.points.size,
    pointsByStatus: memory.pointCounts.now(),
    routes: memory.routes.size,
    openReservations: open,
    holds: held,
    endedReservations: all - open,
    waits: memory.waits.table.size,
    notices: memory.notices.table.size,
    requestKeys: memory.keys.table.size,
  };
}
