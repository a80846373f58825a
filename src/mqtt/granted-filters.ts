/**
 * Which filters the clients of a broker were granted, so that nobody is told what no client would hear. Bounded by
 * what a client may have; a client that went has none.
 */
import { topicMatches } from './topic-filter.js';

/** Filters with wildcards that are looked at for one topic; with more of them every topic counts as heard. */
const WILDCARDS_EXAMINED_MAX = 64;

export class GrantedFilters<C extends object> {
  readonly #perClientMax: number;
  readonly #ofClient = new Map<C, Set<string>>();
  /** How many clients have each filter: those that name one topic, and those with wildcards. */
  readonly #exact = new Map<string, number>();
  readonly #wild = new Map<string, number>();
  readonly #listeners = new Set<(filter: string) => void>();

  constructor(perClientMax: number) {
    this.#perClientMax = perClientMax;
  }

  /** False when the client may have no further filter. */
  take(client: C, filter: string): boolean {
    const filters = this.#ofClient.get(client) ?? new Set();
    if (filters.has(filter)) return true;
    if (filters.size >= this.#perClientMax) return false;
    this.#ofClient.set(client, filters.add(filter));
    const counts = this.#countsOf(filter);
    counts.set(filter, (counts.get(filter) ?? 0) + 1);
    return true;
  }

  give(client: C, filters: Iterable<string>): void {
    const own = this.#ofClient.get(client);
    for (const filter of filters) {
      if (!own?.delete(filter)) continue;
      const counts = this.#countsOf(filter);
      const left = counts.get(filter)! - 1;
      if (left === 0) counts.delete(filter);
      else counts.set(filter, left);
    }
    if (own?.size === 0) this.#ofClient.delete(client);
  }

  giveAll(client: C): void {
    this.give(client, [...(this.#ofClient.get(client) ?? [])]);
  }

  /** Whether a filter matches the topic. */
  isHeard(topic: string): boolean {
    if (this.#exact.has(topic) || this.#wild.size > WILDCARDS_EXAMINED_MAX) return true;
    return [...this.#wild.keys()].some((filter) => topicMatches(filter, topic));
  }

  /** A client hears by this filter from now on. */
  tell(filter: string): void {
    for (const listener of this.#listeners) listener(filter);
  }

  listen(listener: (filter: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #countsOf(filter: string): Map<string, number> {
    return filter.includes('+') || filter.includes('#') ? this.#wild : this.#exact;
  }
}
