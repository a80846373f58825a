/**
 * What the gateway shows of the node's own records of itself, and what it tells them: metrics and the built-in history.
 */

/** One request that was answered. */
export interface AnsweredRequest {
  readonly method: string;
  /** The template of its route, parameters in braces; undefined where none was found. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/** Something that is sampled. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  /** One sentence. */
  readonly meaning: string;
}

/** `[fromMs, toMs)` in steps; all multiples of `everyMs` of the history. Milliseconds since 1970 by the clock of the node. */
export interface SeriesSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

export interface SeriesHistory {
  readonly series: readonly Series[];
  /** So often is sampled, and for so long it is kept. */
  readonly everyMs: number;
  readonly keptMs: number;
  nowMs(): number;
  /** For each step the mean of what was sampled in it, null where nothing was. `name`: one of `series`. */
  read(name: string, span: SeriesSpan): readonly (number | null)[];
}

export interface Observed {
  /** Told of every request that was answered. */
  readonly answered: (request: AnsweredRequest) => void;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly history: SeriesHistory;
}

/** Of a node that keeps no records of itself. */
export const UNOBSERVED: Observed = {
  answered: () => {},
  metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: async () => '' },
  history: { series: [], everyMs: 10_000, keptMs: 0, nowMs: () => Date.now(), read: () => [] },
};
