/** Who waits where (rule 11). A wish stands in the line of each point and each site that it names. */
import type { WantedStop } from '../../../src/ledger/command.js';
import type { Point, Wait } from '../../../src/ledger/state.js';
import { plainPlace } from './order.js';
import type { LedgerState } from './state.js';

/** Those without an offer that the point may serve, by its name or as one of its site: the oldest turn first. */
export function lineAt(ledger: LedgerState, point: Point): readonly Wait[] {
  if (ledger.waits.size === 0) return [];
  const here = [`point ${point.id}`, siteLine(point)];
  return ledger.waiting().filter(({ stops }) => linesOf(stops).some((line) => here.includes(line)));
}

/** How many wishes belong to the longest of the lines that these stops name, those with an offer too. */
export function longestLine(ledger: LedgerState, stops: readonly WantedStop[]): number {
  const all = [...ledger.waits.values()].map((wait) => linesOf(wait.stops));
  return Math.max(...linesOf(stops).map((line) => all.filter((lines) => lines.includes(line)).length));
}

function linesOf(stops: readonly WantedStop[]): readonly string[] {
  return stops.map(({ pointId, site }) => (site === undefined ? `point ${pointId}` : siteLine(site)));
}

/** The power does not count: a line is all who wait for this connector there. */
function siteLine({ place, connector }: { readonly place: string; readonly connector: string }): string {
  return `site ${JSON.stringify([plainPlace(place), connector])}`;
}
