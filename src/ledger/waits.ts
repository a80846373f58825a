/**
 * The waiting list (rule 11): for each point and each site, who waits there, in the order of turns.
 *
 * A wish stands in the line of each point and site that it names while it has no offer; wishes whose offer is open, or
 * that ended, stand in none.
 */
import type { WantedStop } from './command.js';
import type { Journal } from './journal.js';
import { WAITS_EXAMINED_PER_ENTRY_MAX, WAITS_PER_POINT_MAX } from './limits.js';
import { siteKey } from './place.js';
import { WAIT_ROW } from './rows/wait-row.js';
import type { Point, Wait } from './state.js';
import { Table, type Watcher } from './table.js';

/** What a site counts for beside a wish: it may mean many points. */
const SITE_COST = 15;

/** What it takes to look at a wish for these stops, in wishes that name points alone. */
export function costOf(stops: readonly WantedStop[]): number {
  return 1 + SITE_COST * stops.filter(({ site }) => site !== undefined).length;
}

/** Of a line: who stands in it or may come back to it, because an offer is open. */
interface Belonging {
  readonly wishes: number;
  readonly cost: number;
}

const NOBODY: Belonging = { wishes: 0, cost: 0 };

export class Waits {
  readonly table: Table<Wait>;
  readonly #lines = new Map<string, Wait[]>();
  readonly #belonging = new Map<string, Belonging>();
  readonly #ofHolder = new Map<string, Set<Wait>>();

  constructor(journal: Journal, watch: Watcher<Wait>) {
    this.table = new Table(WAIT_ROW, journal, (before, after, loading) => {
      if (before !== undefined) this.#leave(before);
      if (after !== undefined) this.#join(after);
      watch(before, after, loading);
    });
  }

  /** How many wishes a holder has, offered ones included. */
  countOf(holder: string): number {
    return this.#ofHolder.get(holder)?.size ?? 0;
  }

  /** The wishes of a holder, offered ones included: the oldest turn first. */
  of(holder: string): readonly Wait[] {
    return [...(this.#ofHolder.get(holder) ?? [])].sort(compareTurns);
  }

  /** Whether each line that these stops would join has room for one more wish, were all back that have an offer. */
  hasRoom(stops: readonly WantedStop[]): boolean {
    const more = costOf(stops);
    return linesOf(stops).every((line) => {
      const { wishes, cost } = this.#belonging.get(line) ?? NOBODY;
      return wishes < WAITS_PER_POINT_MAX && cost + more <= WAITS_EXAMINED_PER_ENTRY_MAX;
    });
  }

  isWantedAt(point: Point): boolean {
    if (this.#lines.size === 0) return false;
    return this.#lines.has(pointLine(point.id)) || this.#lines.has(siteLine(point));
  }

  /** Who waits for the point, by name or for any at its site: the oldest turn first, each once. */
  waitingAt(point: Point): readonly Wait[] {
    const named = this.#lines.get(pointLine(point.id)) ?? [];
    const anywhere = this.#lines.get(siteLine(point)) ?? [];
    if (anywhere.length === 0) return [...named];
    return [...new Set([...named, ...anywhere])].sort(compareTurns);
  }

  #join(wait: Wait): void {
    const waits = this.#ofHolder.get(wait.holder);
    if (waits === undefined) this.#ofHolder.set(wait.holder, new Set([wait]));
    else waits.add(wait);
    for (const line of linesOf(wait.stops)) {
      this.#count(line, 1, wait);
      if (wait.offer !== '') continue;
      const others = this.#lines.get(line);
      if (others === undefined) this.#lines.set(line, [wait]);
      else others.splice(others.filter((other) => compareTurns(other, wait) < 0).length, 0, wait);
    }
  }

  #count(line: string, by: 1 | -1, { stops }: Wait): void {
    const { wishes, cost } = this.#belonging.get(line) ?? NOBODY;
    if (wishes + by === 0) this.#belonging.delete(line);
    else this.#belonging.set(line, { wishes: wishes + by, cost: cost + by * costOf(stops) });
  }

  #leave(wait: Wait): void {
    const left = this.#ofHolder.get(wait.holder)!;
    left.delete(wait);
    if (left.size === 0) this.#ofHolder.delete(wait.holder);
    for (const line of linesOf(wait.stops)) {
      this.#count(line, -1, wait);
      if (wait.offer !== '') continue;
      const waits = this.#lines.get(line)!.filter((other) => other.id !== wait.id);
      if (waits.length === 0) this.#lines.delete(line);
      else this.#lines.set(line, waits);
    }
  }
}

function linesOf(stops: readonly WantedStop[]): readonly string[] {
  return [
    ...new Set(
      stops.map((stop) => (stop.site === undefined ? pointLine(stop.pointId) : siteLine(stop.site))),
    ),
  ];
}

function pointLine(pointId: string): string {
  return `point\n${pointId}`;
}

function siteLine(site: { readonly place: string; readonly connector: string }): string {
  return `site\n${siteKey(site)}`;
}

/** The order of turns; wishes that missed an offer at one entry keep the order in which they came. */
export function compareTurns(a: Wait, b: Wait): number {
  return a.turn - b.turn || Number(a.id.slice(1)) - Number(b.id.slice(1));
}
