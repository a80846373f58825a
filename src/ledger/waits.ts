/**
 * The waiting list (rule 11): for each point and each site, who waits there, in the order of turns.
 *
 * A wish stands in the line of each point and site that it names while it has no offer; wishes whose offer is open, or
 * that ended, stand in none.
 */
import type { WantedStop } from './command.js';
import type { Journal } from './journal.js';
import { siteKey } from './place.js';
import { WAIT_ROW } from './rows/wait-row.js';
import type { Point, Wait } from './state.js';
import { Table, type Watcher } from './table.js';

export class Waits {
  readonly table: Table<Wait>;
  readonly #lines = new Map<string, Wait[]>();
  /** By line: who stands in it or may come back to it, because an offer is open. */
  readonly #belonging = new Map<string, number>();
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

  /** The longest of the lines that these stops would join, were all back that have an offer. */
  longestLine(stops: readonly WantedStop[]): number {
    return Math.max(...linesOf(stops).map((line) => this.#belonging.get(line) ?? 0));
  }

  isWantedAt(point: Point): boolean {
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
      this.#belonging.set(line, (this.#belonging.get(line) ?? 0) + 1);
      if (wait.offer !== '') continue;
      const others = this.#lines.get(line);
      if (others === undefined) this.#lines.set(line, [wait]);
      else others.splice(others.filter((other) => compareTurns(other, wait) < 0).length, 0, wait);
    }
  }

  #leave(wait: Wait): void {
    const left = this.#ofHolder.get(wait.holder)!;
    left.delete(wait);
    if (left.size === 0) this.#ofHolder.delete(wait.holder);
    for (const line of linesOf(wait.stops)) {
      const belonging = this.#belonging.get(line)! - 1;
      if (belonging === 0) this.#belonging.delete(line);
      else this.#belonging.set(line, belonging);
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
