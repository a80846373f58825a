/** When the disk counts as full, and when again as free (R4). */
import { describe, expect, it } from 'vitest';
import type { Logger } from '../../src/observe/logger.js';
import { SILENT } from '../../src/observe/logger.js';
import { FreeSpaceGauge } from '../../src/storage/free-space-gauge.js';
import { freshDirectory } from './fixture.js';

function gaugeOn(free: (number | Error)[]): { gauge: FreeSpaceGauge; logged: string[] } {
  const logged: string[] = [];
  const logger: Logger = {
    ...SILENT,
    info: () => logged.push('room'),
    error: () => logged.push('full'),
  };
  const freeBytes = async (): Promise<number> => {
    const next = free.shift();
    if (typeof next === 'number') return next;
    throw next ?? new Error('nothing left to measure');
  };
  return { gauge: new FreeSpaceGauge('/data', { reserveBytes: 1_000, logger, freeBytes }), logged };
}

describe('the gauge of free space', () => {
  it('enters the reserve below it and leaves it with a quarter more', async () => {
    const { gauge, logged } = gaugeOn([1_000, 999, 1_000, 1_249, 1_250, 1_001, 999]);
    const seen: boolean[] = [];
    for (let i = 0; i < 7; i += 1) {
      await gauge.measure();
      seen.push(gauge.belowReserve());
    }
    expect(seen).toEqual([false, true, true, true, false, false, true]);
    expect(logged).toEqual(['room', 'full', 'room', 'full']);
  });

  it('counts a disk as full that was not measured yet or cannot be', async () => {
    const { gauge, logged } = gaugeOn([5_000, new Error('EIO'), 5_000]);
    expect(gauge.belowReserve()).toBe(true);
    await gauge.measure();
    expect(gauge.belowReserve()).toBe(false);
    await gauge.measure();
    expect(gauge.belowReserve()).toBe(true);
    await gauge.measure();
    expect(gauge.belowReserve()).toBe(false);
    expect(logged).toEqual(['room', 'full', 'room']);
  });

  it('measures the real disk of a directory', async () => {
    const directory = await freshDirectory();
    const small = new FreeSpaceGauge(directory, { reserveBytes: 1, logger: SILENT });
    const huge = new FreeSpaceGauge(directory, { reserveBytes: Number.MAX_SAFE_INTEGER, logger: SILENT });
    await Promise.all([small.measure(), huge.measure()]);
    expect([small.belowReserve(), huge.belowReserve()]).toEqual([false, true]);
  });

  it('measures at its start, then at every beat unless the last one still runs, until its stop', async () => {
    const waiting: ((bytes: number) => void)[] = [];
    let beat: (() => void) | null = null;
    const gauge = new FreeSpaceGauge('/data', {
      logger: SILENT,
      freeBytes: () => new Promise((resolve) => waiting.push(resolve)),
      every: (measure) => {
        beat = measure;
        return () => {
          beat = null;
        };
      },
    });
    const started = gauge.start();
    waiting[0]!(2 ** 40);
    await started;
    expect(gauge.belowReserve()).toBe(false);
    beat!();
    beat!();
    expect(waiting).toHaveLength(2);
    waiting[1]!(0);
    await new Promise(setImmediate);
    expect(gauge.belowReserve()).toBe(true);
    beat!();
    expect(waiting).toHaveLength(3);
    gauge.stop();
    expect(beat).toBeNull();
  });
});
