/**
 * Correct runs are found correct, by their indexes and by the search. Of runs that were changed, each is refused or shown
 * to be correct still: what the indexes let pass, the search, which knows nothing of indexes, can put in order.
 */
import { describe, expect, it } from 'vitest';
import { START_MS } from '../ledger/log.js';
import { Chance } from '../sim/chance.js';
import { checkRun } from './check-run.js';
import { attemptsOf } from './history.js';
import type { MeshEvent } from './mesh-history.js';
import { linearizeLedger } from './search/ledger-search.js';
import { MUTATIONS } from './support/mutations.js';
import { randomStory } from './support/random-run.js';
import { Story } from './support/story.js';

const SHORT = { steps: 120, clients: 4, timePasses: false };

function searched(events: readonly MeshEvent[]): string {
  return linearizeLedger(attemptsOf(events), { before: Story.before(), nowMs: START_MS }).kind;
}

describe('correct runs', () => {
  it('have no anomalies', () => {
    const totals = new Map<string, number>();
    for (let seed = 1; seed <= 40; seed += 1) {
      const report = checkRun(randomStory(seed, { steps: 300, clients: 6, timePasses: true }).run());
      expect(report.anomalies, `seed ${seed}`).toEqual([]);
      for (const [what, count] of Object.entries(report.checked)) {
        totals.set(what, (totals.get(what) ?? 0) + count);
      }
    }
    // All that the checker looks at happens often enough to mean something.
    for (const [what, count] of totals) expect(count, what).toBeGreaterThan(60);
  });

  it('have an order without indexes, too', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const story = randomStory(seed, SHORT);
      expect(checkRun(story.run()).anomalies, `seed ${seed}`).toEqual([]);
      expect(searched(story.events), `seed ${seed}`).toBe('linearizable');
    }
  });
});

describe('changed runs', () => {
  for (const [name, { correct, change }] of Object.entries(MUTATIONS)) {
    it(`are ${correct} correct when ${name}`, () => {
      const verdicts = { refused: 0, passed: 0 };
      for (let seed = 1; seed <= 25; seed += 1) {
        const story = randomStory(1_000 + seed, SHORT);
        const history = change(story.events, new Chance(seed));
        if (history === null) continue;
        const { anomalies } = checkRun({ ...story.run(), history });
        verdicts[anomalies.length > 0 ? 'refused' : 'passed'] += 1;
        // What the indexes let pass has an order; what has none, the indexes refuse.
        if (anomalies.length === 0) expect(searched(history), `seed ${seed}`).toBe('linearizable');
      }
      if (correct === 'always') expect(verdicts.refused).toBe(0);
      else expect(verdicts.refused).toBeGreaterThan(0);
      if (correct === 'never') expect(verdicts.passed).toBe(0);
      else expect(verdicts.passed).toBeGreaterThan(0);
      expect(verdicts.refused + verdicts.passed).toBeGreaterThan(15);
    });
  }
});
