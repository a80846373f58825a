/**
 * How long the event loop keeps others waiting: the longest delay of each second, as a histogram. Unlike what the default
 * metrics of prom-client tell of it, it does not begin anew when somebody looks, so that several may look.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Families } from './families.js';

const LOOK_EVERY_MS = 1_000;
const RESOLUTION_MS = 20;

export const DELAY_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export class LoopDelay {
  private readonly delays;
  private readonly monitor: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private timer: NodeJS.Timeout | null = null;

  constructor(families: Families) {
    this.delays = families.histogram(
      'malha_event_loop_delay_seconds',
      'The longest delay of the event loop within each second.',
      DELAY_SECONDS,
    );
  }

  start(): void {
    this.monitor.enable();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.monitor.disable();
  }

  private look(): void {
    // It measures the time between two beats of its own, which is the resolution when nothing keeps it waiting.
    const delayMs = this.monitor.max / 1e6 - RESOLUTION_MS;
    this.monitor.reset();
    this.delays.observe(Math.max(0, delayMs) / 1_000);
  }
}
