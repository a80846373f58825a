/** What a run's clients got, by time: how many answers, how late, and for how long none at all. */
import type { MeshEvent } from '../checker/mesh-history.js';

/** One decided command or one view. */
interface Sample {
  readonly atMs: number;
  readonly latencyMs: number;
  readonly isCommand: boolean;
}

/** A stretch of a run, in milliseconds since it began. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Numbers {
  readonly operations: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The longest time without the answer to any command, wherever it was asked. */
  readonly unavailableMs: number;
}

export class Tally {
  readonly #begun = new Map<number, { readonly atMs: number; readonly isCommand: boolean }>();
  /** In the order of their times. */
  readonly #samples: Sample[] = [];
  /** How attempts ended. */
  readonly counts = { answer: 0, unknown: 0, denied: 0 };

  hear(event: MeshEvent): void {
    if (event.event === 'invoke') {
      this.#begun.set(event.attempt, { atMs: event.realMs, isCommand: event.call.kind === 'command' });
      return;
    }
    this.counts[event.event] += 1;
    const begun = this.#begun.get(event.attempt);
    this.#begun.delete(event.attempt);
    if (begun === undefined || event.event !== 'answer') return;
    const { realMs: atMs } = event;
    this.#samples.push({ atMs, latencyMs: atMs - begun.atMs, isCommand: begun.isCommand });
  }

  /** How many operations succeeded so far. */
  get succeeded(): number {
    return this.#samples.length;
  }

  /** Over all of `spans`, which do not overlap. */
  within(spans: readonly Span[]): Numbers {
    const samples = this.#samples.filter(({ atMs }) =>
      spans.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs),
    );
    const latencies = samples.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
    const at = (part: number): number => latencies[Math.floor(latencies.length * part)] ?? 0;
    const ms = spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    return {
      operations: samples.length,
      perSecond: ms === 0 ? 0 : (samples.length * 1_000) / ms,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      unavailableMs: Math.max(0, ...spans.map((span) => this.#longestGapMs(span))),
    };
  }

  /** Answers and their latest quantiles for each step of `stepMs`, up to `untilMs`. */
  series(
    untilMs: number,
    stepMs: number,
  ): readonly { readonly atMs: number; readonly perSecond: number; readonly p99Ms: number }[] {
    const steps: number[][] = Array.from({ length: Math.ceil(untilMs / stepMs) }, () => []);
    for (const { atMs, latencyMs } of this.#samples) steps[Math.floor(atMs / stepMs)]?.push(latencyMs);
    return steps.map((latencies, k) => {
      latencies.sort((a, b) => a - b);
      const p99Ms = latencies[Math.floor(latencies.length * 0.99)] ?? 0;
      return { atMs: k * stepMs, perSecond: (latencies.length * 1_000) / stepMs, p99Ms };
    });
  }

  #longestGapMs({ fromMs, toMs }: Span): number {
    let longestMs = 0;
    let sinceMs = fromMs;
    for (const { atMs, isCommand } of this.#samples) {
      if (!isCommand || atMs < fromMs || atMs >= toMs) continue;
      longestMs = Math.max(longestMs, atMs - sinceMs);
      sinceMs = atMs;
    }
    return Math.max(longestMs, toMs - sinceMs);
  }
}
