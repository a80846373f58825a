/**
 * A replica with its heartbeat: ticks while it runs, and hands leadership on before it ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Replica } from '../../replica/replica.js';
import { Ticker } from './ticker.js';

const LOOK_AGAIN_MS = 10;

export class RunningReplica {
  private readonly ticker: Ticker;

  /** `handOverMs`: how long `close` waits at most for another leader and for requests under way. */
  constructor(
    private readonly replica: Replica,
    tickMs: number,
    private readonly handOverMs: number,
  ) {
    this.ticker = new Ticker(() => replica.tick(), tickMs);
  }

  async close(): Promise<void> {
    this.replica.drain();
    const giveUpAtMs = performance.now() + this.handOverMs;
    while (!this.replica.isDrained() && performance.now() < giveUpAtMs) await sleep(LOOK_AGAIN_MS);
    this.ticker.stop();
    await this.replica.close();
  }
}
