/**
 * The built-in history of a node: a few dozen series, sampled from its metrics every ten seconds, kept for six hours in
 * memory and on disk, so that a page has something to show where no Prometheus runs.
 *
 * 1. Bounded: so many series, so many samples, one file of fixed size.
 * 2. It stops nobody: a sample that fails is none, a file that is damaged or cannot be written is done without.
 */
import { join } from 'node:path';
import type { Logger } from '../logger.js';
import { type Before, read, type Told } from './readings.js';
import { Ring, type RingShape } from './ring.js';
import { RingFile } from './ring-file.js';
import { type SampledSeries, SERIES } from './series.js';

export const EVERY_MS = 10_000;
const BEHIND_MS = 50;
const KEPT_MS = 6 * 3_600_000;

/** What is sampled: of a registry, and how to bring it up to date first. */
export interface Sampled {
  lookUp(): Promise<void>;
  readonly registry: {
    getSingleMetric(name: string): { get(): Promise<{ readonly values: readonly Told[] }> } | undefined;
  };
}

/** Its `collect` also sets what else is known of the processor. */
const CPU_COLLECTOR = 'process_cpu_user_seconds_total';

export interface HistoryOptions {
  /** Of the node; the history makes a directory of its own in it. */
  readonly dataDir: string;
  readonly sampled: Sampled;
  readonly logger: Logger;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Runs something once after so many milliseconds, or not at all when what it returns is called before. */
  readonly after: (delayMs: number, run: () => void) => () => void;
}

export class History {
  readonly everyMs = EVERY_MS;
  readonly keptMs = KEPT_MS;
  readonly series: readonly Omit<SampledSeries, 'reading'>[] = SERIES.map(
    ({ reading: _, ...series }) => series,
  );
  private readonly ring: Ring;
  private readonly file: RingFile;
  private readonly before = new Map<string, Before>();
  private sampledAtMs = 0;
  private cancel: () => void = () => {};
  private sampling: Promise<void> = Promise.resolve();
  private ended = false;

  constructor(private readonly options: HistoryOptions) {
    const shape: RingShape = { width: SERIES.length, length: KEPT_MS / EVERY_MS, everyMs: EVERY_MS };
    this.ring = new Ring(shape);
    const names = SERIES.map(({ name }) => name);
    this.file = new RingFile(join(options.dataDir, 'history'), shape, names, options.logger);
  }

  nowMs(): number {
    return Math.max(0, Math.floor(this.options.wallMs()));
  }

  /** Takes up what is on disk, and samples from then on. Never rejects. */
  async start(): Promise<void> {
    await this.file.open((row) => this.ring.put(row));
    this.beginNext();
  }

  /** Ends; what was sampled is written. */
  async stop(): Promise<void> {
    this.ended = true;
    this.cancel();
    await this.sampling;
    await this.file.close();
  }

  /** See SeriesHistory of the gateway. `name`: one of `series`. */
  read(
    name: string,
    span: { readonly fromMs: number; readonly toMs: number; readonly stepMs: number },
  ): readonly (number | null)[] {
    return this.ring.means(
      SERIES.findIndex((series) => series.name === name),
      span,
    );
  }

  /** Samples now. Never rejects. */
  async sample(): Promise<void> {
    try {
      const nowMs = this.nowMs();
      const values = await this.look(nowMs);
      const row = { atMs: Math.floor(nowMs / EVERY_MS) * EVERY_MS, values };
      this.ring.put(row);
      this.file.write(this.ring.slotOf(row.atMs), row);
    } catch (error) {
      this.options.logger.debug({ err: error }, 'the history has no sample of this moment');
    }
  }

  private beginNext(): void {
    if (this.ended) return;
    // A little behind the moment: a timer that rings early would sample the one before it again.
    const delayMs = EVERY_MS - (this.nowMs() % EVERY_MS) + BEHIND_MS;
    this.cancel = this.options.after(delayMs, () => {
      this.sampling = this.sample().then(() => this.beginNext());
    });
  }

  private async look(nowMs: number): Promise<Float64Array> {
    const { sampled } = this.options;
    await sampled.lookUp();
    await sampled.registry.getSingleMetric(CPU_COLLECTOR)?.get();
    const told = new Map<string, readonly Told[]>();
    const passedMs = nowMs - this.sampledAtMs;
    this.sampledAtMs = nowMs;
    const values = new Float64Array(SERIES.length).fill(Number.NaN);
    for (const [at, { name, reading }] of SERIES.entries()) {
      const { metric } = reading;
      if (!told.has(metric))
        told.set(metric, (await sampled.registry.getSingleMetric(metric)?.get())?.values ?? []);
      const { value, now } = read(reading, told.get(metric)!, this.before.get(name), passedMs);
      this.before.set(name, now);
      values[at] = value;
    }
    return values;
  }
}
