/**
 * A checker that finds nothing proves nothing: each kind of anomaly is planted in a small run, and must be found under
 * its name.
 */
import { describe, expect, it } from 'vitest';
import { checkRun } from './check-run.js';
import type { AnomalyKind } from './findings.js';
import { ALL_POINTS, command, linearizable, reserveNow, stale } from './support/calls.js';
import { shown } from './support/changed.js';
import { IN_ANSWERS } from './support/plants/answers.js';
import { IN_NODES } from './support/plants/nodes.js';
import { IN_ORDER } from './support/plants/order.js';
import type { Plant } from './support/plants/plant.js';
import { RULE_PLANTS } from './support/plants/version-2.js';
import { Story } from './support/story.js';

/** A kind without a plant does not compile. */
const PLANTS: Readonly<Record<AnomalyKind, readonly Plant[]>> = { ...IN_ANSWERS, ...IN_ORDER, ...IN_NODES };

describe('a planted anomaly is found under its name', () => {
  for (const [kind, plants] of Object.entries(PLANTS)) {
    for (const [what, run] of plants) {
      it(`${kind}: ${what}`, () => {
        expect([...checkRun(run()).counts.keys()]).toContain(kind);
      });
    }
  }
});

describe('a planted anomaly against a rule of version 2 is found', () => {
  for (const { family, kind, what, run } of RULE_PLANTS) {
    it(`${family}: ${what}`, () => {
      expect([...checkRun(run(false)).counts]).toEqual([]);
      expect([...checkRun(run(true)).counts.keys()]).toContain(kind);
    });
  }
});

it('a view beyond the end of the log accuses nobody else', () => {
  const story = new Story();
  story.does(
    'c1',
    stale(ALL_POINTS),
    shown((reply) => ({ ...reply, index: 1_000 })),
  );
  story.does('c1', command('ana', 'k1', reserveNow('1')));
  story.does('c1', linearizable(ALL_POINTS));
  expect([...checkRun(story.run()).counts]).toEqual([['future-read', 1]]);
});
