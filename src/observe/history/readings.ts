/**
 * How the value of a series follows from what metrics say: as it is, or from what became of it since the last sample.
 */

/** Which samples of a metric count: for each label named, the values that it may have. */
export type Where = Readonly<Record<string, readonly string[]>>;

export type Reading =
  /** A gauge: the sum of what counts, or the highest of it. */
  | { readonly kind: 'value'; readonly metric: string; readonly where?: Where; readonly fold?: 'max' }
  /** What only grows: by how much a second since the last sample. */
  | { readonly kind: 'rate'; readonly metric: string; readonly where?: Where }
  /** A histogram: below which value so large a part of what was observed since the last sample lies. */
  | { readonly kind: 'quantile'; readonly metric: string; readonly part: number; readonly where?: Where };

/** One sample of a metric, as prom-client tells it. */
export interface Told {
  readonly value: number;
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
  /** Of a histogram: its name with `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string;
}

/** What is remembered of a metric until the next sample: a number, or the counts of buckets by their upper bound. */
export type Before = number | ReadonlyMap<number, number>;

/** The value, NaN where there is none, and what to remember. */
export interface Read {
  readonly value: number;
  readonly now: Before;
}

/** `before`: what was remembered `passedMs` ago; undefined at first. */
export function read(
  reading: Reading,
  told: readonly Told[],
  before: Before | undefined,
  passedMs: number,
): Read {
  const counting = told.filter((each) => counts(each, reading.where));
  switch (reading.kind) {
    case 'value': {
      const values = counting.map(({ value }) => value);
      const value = reading.fold === 'max' ? Math.max(...values) : sum(values);
      return { value: values.length === 0 ? Number.NaN : value, now: value };
    }
    case 'rate': {
      const plain = counting.filter(({ metricName = '' }) => !/_(?:bucket|sum)$/.test(metricName));
      const now = sum(plain.map(({ value }) => value));
      if (typeof before !== 'number' || now < before || passedMs <= 0) return { value: Number.NaN, now };
      return { value: (now - before) / (passedMs / 1_000), now };
    }
    case 'quantile': {
      const now = bucketsOf(counting);
      const value = typeof before === 'object' ? quantile(reading.part, now, before) : Number.NaN;
      return { value, now };
    }
  }
}

function counts({ labels }: Told, where: Where = {}): boolean {
  return Object.entries(where).every(([name, values]) => values.includes(String(labels[name])));
}

/** Cumulative counts by upper bound, over all labels. */
function bucketsOf(told: readonly Told[]): ReadonlyMap<number, number> {
  const buckets = new Map<number, number>();
  for (const { value, labels, metricName = '' } of told) {
    if (!metricName.endsWith('_bucket')) continue;
    const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
    buckets.set(bound, value + (buckets.get(bound) ?? 0));
  }
  return buckets;
}

/** As `histogram_quantile` of Prometheus: within its bucket what was observed is taken to be spread evenly. */
function quantile(
  part: number,
  now: ReadonlyMap<number, number>,
  before: ReadonlyMap<number, number>,
): number {
  const bounds = [...now.keys()].sort((a, b) => a - b);
  const since = (bound: number): number => (now.get(bound) ?? 0) - (before.get(bound) ?? 0);
  const all = since(Number.POSITIVE_INFINITY);
  if (!(all > 0)) return Number.NaN;
  const wanted = part * all;
  let lower = 0;
  let below = 0;
  for (const bound of bounds) {
    const upTo = since(bound);
    if (upTo >= wanted) {
      if (bound === Number.POSITIVE_INFINITY) return lower;
      return lower + ((bound - lower) * (wanted - below)) / (upTo - below);
    }
    lower = bound;
    below = upTo;
  }
  return lower;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
