/** Small runs in which everything is as it should be, however odd it looks: nothing is found. */
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../ledger/log.js';
import { checkRun } from './check-run.js';
import { TOLERANCES } from './run.js';
import {
  ALL_POINTS,
  command,
  holdNow,
  linearizable,
  releaseNow,
  reserveNow,
  WINDOW_MS,
} from './support/calls.js';
import { shown } from './support/changed.js';
import { anaHasPointOne, END_MS } from './support/plants/plant.js';
import { Story } from './support/story.js';

describe('nothing is found', () => {
  it('when two want one point', () => {
    expect(checkRun(anaHasPointOne().run()).anomalies).toEqual([]);
  });

  it('when a release that nobody heard of made room', () => {
    const story = new Story();
    story.does('c1', command('ana', 'k1', reserveNow('1')));
    const release = story.begin('c1', command('ana', 'k2', releaseNow('1')));
    story.unknown(release);
    story.commit(release);
    story.does('c2', command('bia', 'k3', reserveNow('1')));
    expect(checkRun(story.run()).anomalies).toEqual([]);
  });

  it('when a key is used again after its day', () => {
    const story = new Story();
    const call = command('ana', 'k1', reserveNow('1'));
    story.does('c1', call);
    story.does('c2', command('bia', 'k1', reserveNow('1')));
    story.pass(DAY_MS);
    story.does('c1', call);
    story.does('c1', command('ana', 'k2', reserveNow('2')));
    const report = checkRun(story.run());
    expect(report.anomalies).toEqual([]);
    expect(report.checked.repeated).toBe(0);
  });

  it('when a node is a little ahead of ledger time, and its door tells none', () => {
    const story = new Story();
    story.does('c1', command('ana', 'k1', reserveNow('1')));
    story.pass(WINDOW_MS - 1_000);
    const read = story.begin('c1', linearizable(ALL_POINTS));
    story.see(read, story.lastIndex, END_MS + 500);
    story.answer(
      read,
      shown((reply) => ({ ...reply, atMs: null })),
    );
    story.does('c1', command('ana', 'k2', reserveNow('2')));
    const run = story.run();
    expect(checkRun(run).anomalies).toEqual([]);
    const strict = checkRun(run, { ...TOLERANCES, skewMs: 0 });
    expect([...strict.counts.keys()]).toEqual(['stale-read']);
  });

  it('when a hold ends, a retry is answered again, and a release makes room', () => {
    const story = new Story();
    story.does('c1', command('ana', 'k1', holdNow(2_000, '1', '2')));
    story.pass(60_000);
    const kept = command('ana', 'k2', reserveNow('1'));
    story.does('c1', kept);
    story.does('c1', kept);
    story.does('c1', command('ana', 'k3', releaseNow('1')));
    story.does('c2', command('bia', 'k4', reserveNow('1')));
    const lost = story.begin('c2', command('bia', 'k5', reserveNow('3')));
    story.unknown(lost);
    story.does('c1', linearizable(ALL_POINTS));
    story.commit(lost);
    story.denied(story.begin('c2', command('bia', 'k6', reserveNow('4'))));
    story.does('c1', linearizable({ kind: 'open-reservations', holder: 'bia' }));
    const report = checkRun(story.run());
    expect(report.anomalies).toEqual([]);
    expect(report.checked).toEqual({
      answers: 5,
      unknown: 1,
      unknownInLog: 1,
      denied: 1,
      linearizableReads: 2,
      staleReads: 0,
      entries: 14,
      executed: 13,
      repeated: 1,
      nodes: 3,
    });
  });
});
