/** When a log's base moves, and how far: the decision alone. */
import { describe, expect, it } from 'vitest';
import { type ConfigState, replicaId } from '../../src/raft/entry.js';
import { type CompactionFacts, compactTo } from '../../src/replica/compactor.js';
import { ConfigHistory } from '../../src/replica/config-history.js';

function decide(facts: Partial<CompactionFacts>, compactEntries = 100): number | null {
  const none = { baseIndex: 1, stateIndex: 1, followerIndexes: [], streamIndexes: [] };
  return compactTo({ ...none, ...facts }, compactEntries);
}

describe('the base of a log', () => {
  it('stays until more than so many entries lie behind it, and then leaves half of them as a tail', () => {
    expect(decide({ stateIndex: 101 })).toBeNull();
    expect(decide({ stateIndex: 102 })).toBe(52);
    expect(decide({ baseIndex: 52, stateIndex: 152 })).toBeNull();
    expect(decide({ baseIndex: 52, stateIndex: 5_000 })).toBe(4_950);
  });

  it('moves to the tip when everything is to go', () => {
    expect(decide({ stateIndex: 2 }, 1)).toBeNull();
    expect(decide({ stateIndex: 3 }, 1)).toBe(3);
  });

  it('waits for a follower that is behind, within a bound', () => {
    expect(decide({ stateIndex: 200, followerIndexes: [199, 60] })).toBe(60);
    expect(decide({ stateIndex: 401, followerIndexes: [60] })).toBe(60);
    expect(decide({ stateIndex: 1_000, followerIndexes: [60] })).toBe(600);
    // It never moves forward for one that is near the end.
    expect(decide({ stateIndex: 200, followerIndexes: [199] })).toBe(150);
  });

  it('never passes a state that is being sent, however long that takes', () => {
    expect(decide({ stateIndex: 1_000, streamIndexes: [700, 300] })).toBe(300);
    expect(decide({ stateIndex: 1_000_000, streamIndexes: [300] })).toBe(300);
    expect(decide({ baseIndex: 300, stateIndex: 1_000_000, streamIndexes: [300] })).toBeNull();
  });

  it('does not move for a handful of entries', () => {
    expect(decide({ baseIndex: 50, stateIndex: 200, followerIndexes: [74] })).toBeNull();
    expect(decide({ baseIndex: 50, stateIndex: 200, followerIndexes: [75] })).toBe(75);
  });
});

describe('the configurations of a log', () => {
  const config = (voter: string): ConfigState => ({
    voters: [replicaId(voter.repeat(16))],
    learners: [],
    votersOutgoing: [],
    learnersNext: [],
    autoLeave: false,
  });

  it('are told as of each index, also after the base moved and a snapshot took its place', () => {
    const configs = new ConfigHistory({ index: 1, term: 1, config: config('a') });
    configs.changed(5, config('b'));
    configs.changed(9, config('c'));
    const asOf = (index: number): string => configs.at(index).voters[0]![0]!;
    expect([1, 4, 5, 8, 9, 99].map(asOf)).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
    configs.forgetBefore(7);
    expect([7, 8, 9].map(asOf)).toEqual(['b', 'b', 'c']);
    expect(() => asOf(4)).toThrow('assertion');
    expect(configs.current).toEqual(config('c'));
    configs.restart({ index: 20, term: 2, config: config('d') });
    expect(asOf(20)).toBe('d');
    expect(() => asOf(19)).toThrow('assertion');
  });
});
