/** Short histories of a mesh without any index: the search alone says whether one ledger can have answered so. */
import { describe, expect, it } from 'vitest';
import { START_MS } from '../ledger/log.js';
import { attemptsOf } from './history.js';
import type { MeshCall, MeshReply } from './mesh-history.js';
import { linearizeLedger } from './search/ledger-search.js';
import { ALL_POINTS, command, linearizable, releaseNow, reserveNow, stale } from './support/calls.js';
import { Story } from './support/story.js';

const GRANTED: MeshReply = { kind: 'result', index: 0, atMs: null, result: { kind: 'reserved' } };
const REFUSED: MeshReply = { kind: 'result', index: 0, atMs: null, result: { kind: 'refused' } };
const RELEASED: MeshReply = { kind: 'result', index: 0, atMs: null, result: { kind: 'released' } };

/** What a client did: begins at a moment, is answered at another; without a reply nobody knows. */
type Deed = readonly [from: number, until: number, call: MeshCall, reply: MeshReply | null];

/** The verdict on deeds; the moments count, not their order in the list. */
function verdictOn(deeds: readonly Deed[], configurationsMax = 10_000) {
  const events = deeds
    .flatMap(([from, until, call, reply], attempt) => [
      { at: from, event: { event: 'invoke', attempt, client: 'c', realMs: from, call } as const },
      ...(reply === null
        ? []
        : [{ at: until, event: { event: 'answer', attempt, realMs: until, reply } as const }]),
    ])
    .sort((a, b) => a.at - b.at)
    .map(({ event }) => event);
  const search = { before: Story.before(), nowMs: START_MS };
  return linearizeLedger(attemptsOf(events), search, { configurationsMax });
}

function seesFree(free: readonly boolean[], stale = false): MeshReply {
  return { kind: 'view', index: 0, atMs: null, stale, view: free.map((each) => ({ free: each })) };
}

const ana = (key: string, ...points: readonly string[]) => command('ana', key, reserveNow(...points));
const bia = (key: string, ...points: readonly string[]) => command('bia', key, reserveNow(...points));

describe('the search over the ledger', () => {
  it('orders what happened at the same time', () => {
    const deeds: readonly Deed[] = [
      [0, 10, ana('a', '1', '2'), REFUSED],
      [1, 9, bia('b', '2'), GRANTED],
      [2, 8, linearizable(ALL_POINTS), seesFree([true, false, true, true])],
    ];
    expect(verdictOn(deeds).kind).toBe('linearizable');
  });

  it('finds that two cannot have one point', () => {
    const deeds: readonly Deed[] = [
      [0, 10, ana('a', '1', '2'), GRANTED],
      [1, 9, bia('b', '2'), GRANTED],
    ];
    const verdict = verdictOn(deeds);
    if (verdict.kind !== 'not-linearizable') throw new Error(verdict.kind);
    expect(verdict.part.length).toBe(2);
  });

  it('finds a view that lacks what was answered before it began', () => {
    const asked = (from: number): readonly Deed[] => [
      [0, 5, ana('a', '1'), GRANTED],
      [from, 9, linearizable(ALL_POINTS), seesFree([true, true, true, true])],
    ];
    expect(verdictOn(asked(4)).kind).toBe('linearizable');
    expect(verdictOn(asked(6)).kind).toBe('not-linearizable');
  });

  it('lets a stale view be as old as it likes', () => {
    const deeds: readonly Deed[] = [
      [0, 5, ana('a', '1'), GRANTED],
      [6, 9, stale(ALL_POINTS), seesFree([true, true, true, true], true)],
    ];
    expect(verdictOn(deeds).kind).toBe('linearizable');
  });

  it('lets a command of which nobody heard explain others, once', () => {
    const deeds: readonly Deed[] = [
      [0, 0, ana('a', '1'), null],
      [1, 2, bia('b', '1'), REFUSED],
      [3, 4, command('ana', 'r', releaseNow('1')), RELEASED],
    ];
    expect(verdictOn(deeds).kind).toBe('linearizable');
    const again: Deed = [5, 6, bia('c', '1'), REFUSED];
    expect(verdictOn([...deeds, again]).kind).toBe('not-linearizable');
  });

  it('gives a retry under its key the first answer, and refuses another command under it', () => {
    const retried: readonly Deed[] = [
      [0, 1, ana('a', '1'), GRANTED],
      [2, 3, ana('a', '1'), GRANTED],
    ];
    expect(verdictOn(retried).kind).toBe('linearizable');
    expect(verdictOn([retried[0]!, [2, 3, ana('a', '2'), GRANTED]]).kind).toBe('not-linearizable');
    expect(verdictOn([retried[0]!, [2, 3, ana('a', '2'), REFUSED]]).kind).toBe('linearizable');
  });

  it('searches points that nothing connects one by one', () => {
    const deeds = ['1', '2', '3', '4'].flatMap((point): readonly Deed[] => [
      [0, 10, ana(`a${point}`, point), GRANTED],
      [1, 11, bia(`b${point}`, point), REFUSED],
    ]);
    const verdict = verdictOn(deeds);
    if (verdict.kind !== 'linearizable') throw new Error(verdict.kind);
    expect(verdict.orders.length).toBe(4);
  });

  it('says so when it gave up, and will not judge what names reservations', () => {
    expect(verdictOn([[0, 1, ana('a', '1'), GRANTED]], 0).kind).toBe('undecided');
    const named = linearizable({ kind: 'open-reservations', holder: 'ana' });
    const view: MeshReply = { kind: 'view', index: 0, atMs: null, stale: false, view: [] };
    expect(() => verdictOn([[0, 1, named, view]])).toThrow('names reservations');
  });
});
