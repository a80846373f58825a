/** Who waits where (rule 11). A wish stands in the line of each point and each site that it names. */
import type { WantedStop } from '../../../src/ledger/command.js';
import type { Point, Wait } from '../../../src/ledger/state.js';
import { WAITS_PER_LINE_MAX, WISHES_PER_ENTRY_MAX } from './limits.js';
import { plainPlace } from './order.js';
import type { LedgerState } from './state.js';

/** Those without an offer that the point may serve, by its name or as one of its site: the oldest turn first. */
export function lineAt(ledger: LedgerState, point: Point): readonly Wait[] {
  if (ledger.waits.size === 0) return [];
  const here = [`point ${point.id}`, siteLine(point)];
  return ledger.waiting().filter(({ stops }) => linesOf(stops).some((line) => here.includes(line)));
}

/** Whether one more wish fits into each of the lines that these stops name, with those that have an offer. */
export function hasRoom(ledger: LedgerState, stops: readonly WantedStop[]): boolean {
  const all = [...ledger.waits.values()];
  return linesOf(stops).every((line) => {
    const others = all.filter((wait) => linesOf(wait.stops).includes(line));
    const cost = [...others, { stops }].reduce((sum, wish) => sum + costOf(wish), 0);
    return others.length < WAITS_PER_LINE_MAX && cost <= WISHES_PER_ENTRY_MAX;
  });
}

/** A site is as much work as so many wishes. */
export function costOf({ stops }: Pick<Wait, 'stops'>): number {
  return 1 + 15 * stops.filter(({ site }) => site !== undefined).length;
}

function linesOf(stops: readonly WantedStop[]): readonly string[] {
  return stops.map(({ pointId, site }) => (site === undefined ? `point ${pointId}` : siteLine(site)));
}

/** The power does not count: a line is all who wait for this connector there. */
function siteLine({ place, connector }: { readonly place: string; readonly connector: string }): string {
  return `site ${JSON.stringify([plainPlace(place), connector])}`;
}
