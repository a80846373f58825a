/** The numbers of a run, and its report. */
import { describe, expect, it } from 'vitest';
import type { MeshEvent } from '../../checker/mesh-history.js';
import type { ChaosReport, Happened } from '../run-chaos.js';
import { Tally } from '../tally.js';
import { byKind } from './by-kind.js';
import { linesOf } from './lines.js';
import { page } from './page.js';

/** Commands that were asked and answered at these moments. */
function tallyOf(...times: readonly (readonly [askedMs: number, answeredMs: number])[]): Tally {
  const tally = new Tally();
  const call = { kind: 'command' } as const;
  times.forEach(([askedMs, answeredMs], attempt) => {
    tally.hear({ event: 'invoke', attempt, client: 'car', realMs: askedMs, call } as unknown as MeshEvent);
    tally.hear({ event: 'answer', attempt, realMs: answeredMs } as unknown as MeshEvent);
  });
  return tally;
}

const numbers = { operations: 9, perSecond: 90, p50Ms: 4, p99Ms: 12, unavailableMs: 80 };

function happened(kind: Happened['fault']['kind'], unavailableMs: number, failure = ''): Happened {
  return {
    fault: { kind, target: { role: 'leader', nth: 0 }, forMs: 500 },
    ...{ fromMs: 1_000, toMs: 2_000, evidence: failure === '' ? 'killed <empresa_a>' : '', failure },
    numbers: { ...numbers, unavailableMs },
  };
}

function reportOf(faults: readonly Happened[], failures: readonly string[]): ChaosReport {
  return {
    schedule: { name: 'random, seed 7', nodes: 3, steps: [] },
    durationMs: 4_000,
    faults,
    quiet: numbers,
    overall: numbers,
    counts: { answer: 9, unknown: 1, denied: 2 },
    doors: { rest: 12 },
    series: [
      { atMs: 0, perSecond: 80, p99Ms: 9 },
      { atMs: 250, perSecond: 100, p99Ms: 12 },
    ],
    verdict: null,
    failures,
  };
}

describe('the numbers of a run', () => {
  it('count what was answered within a span, and the longest time without an answer', () => {
    const tally = tallyOf([0, 10], [10, 20], [15, 320], [300, 330], [950, 1_050]);
    expect(tally.within([{ fromMs: 0, toMs: 1_000 }])).toEqual({
      operations: 4,
      perSecond: 4,
      p50Ms: 30,
      p99Ms: 305,
      unavailableMs: 670,
    });
    expect(tally.within([]).unavailableMs).toBe(0);
    expect(tally.within([{ fromMs: 400, toMs: 900 }])).toMatchObject({ operations: 0, unavailableMs: 500 });
  });

  it('forget nothing that is under way, and count it when it ends', () => {
    const tally = tallyOf([0, 10]);
    tally.hear({ event: 'invoke', attempt: 9, realMs: 20, call: { kind: 'query' } } as unknown as MeshEvent);
    tally.hear({ event: 'unknown', attempt: 9, realMs: 40, reason: 'time-out' });
    expect([tally.counts, tally.succeeded]).toEqual([{ answer: 1, unknown: 1, denied: 0 }, 1]);
  });
});

describe('the report of a run', () => {
  it('says by kind how long nobody was answered', () => {
    const report = reportOf([happened('kill', 300), happened('kill', 100), happened('cut', 50)], []);
    expect(byKind(report)).toEqual([
      { kind: 'kill', times: 2, medianUnavailableMs: 100, mostUnavailableMs: 300, medianRecoveryMs: 500 },
      { kind: 'cut', times: 1, medianUnavailableMs: 50, mostUnavailableMs: 50, medianRecoveryMs: 500 },
    ]);
  });

  it('is a page of its own that runs nothing and needs nothing', () => {
    const text = page(
      reportOf([happened('kill', 300)], []),
      'make chaos SEED=7',
      new Map([['blackout', 'no FUSE']]),
    );
    expect(text).toContain('class="verdict">passed');
    expect(text).toContain('killed &#60;empresa_a&#62;');
    expect(text).toContain('make chaos SEED=7');
    expect(text).toContain('no FUSE');
    expect(text.match(/<svg/g)).toHaveLength(1);
    expect(text).not.toMatch(/<script|<link|src=|@import|url\(/);
  });

  it('says why a run failed, and what did not happen', () => {
    const failures = ['cut: NoSuchFault: no connection was reset'];
    const report = reportOf([happened('cut', 0, 'NoSuchFault: no connection was reset')], failures);
    const text = page(report, '', new Map());
    expect(text).toContain('class="verdict failed">failed');
    expect(text).toContain('no connection was reset');
    expect(text).toContain('class="bar failed"');
    expect(linesOf(report)).toContain(`FAILED: ${failures[0]}`);
  });
});
