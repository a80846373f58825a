/** How much there is of everything, for status and metrics. */
import type { Memory } from '../memory.js';
import type { Totals } from '../query.js';

export function totals(memory: Memory): Totals {
  const { open, all } = memory.reservations.counts();
  return {
    companies: memory.companies.size,
    points: memory.points.size,
    routes: memory.routes.size,
    openReservations: open,
    endedReservations: all - open,
    requestKeys: memory.keys.table.size,
  };
}
