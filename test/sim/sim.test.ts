/**
 * A sample of the simulation for every run of the tests; `make sim` runs more (docs/testing.md).
 */
import { describe, expect, it } from 'vitest';
import { runSeed } from './run-seed.js';

const MESSAGES = 3_000;

describe('the deterministic simulation', () => {
  it.each([1, 2, 3, 4, 5, 6])('seed %i: every invariant holds, and the healed mesh goes on', async (seed) => {
    const report = await runSeed({ seed, messages: MESSAGES });
    expect(report.violation).toBeNull();
    expect(report.delivered).toBeGreaterThanOrEqual(MESSAGES);
  });

  it('replays a seed bit for bit, and another seed is another run', async () => {
    const [one, again, other] = [
      await runSeed({ seed: 42, messages: MESSAGES }),
      await runSeed({ seed: 42, messages: MESSAGES }),
      await runSeed({ seed: 43, messages: MESSAGES }),
    ];
    expect(again).toEqual(one);
    expect(other.hash).not.toBe(one.hash);
  });
});
