/** Plants in what clients see, and in the order of things. */
import { START_MS } from '../../../ledger/log.js';
import { ALL_POINTS, command, either, linearizable, reserveNow, stale, WINDOW_MS } from '../calls.js';
import { shown, told } from '../changed.js';
import { Story } from '../story.js';
import { END_MS, FIRST, type Plants } from './plant.js';

export const IN_ORDER = {
  'stale-read': [
    [
      'a linearizable view of an index from before it was asked for',
      () => {
        const story = new Story();
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        const read = story.begin('c2', linearizable(ALL_POINTS));
        story.see(read, FIRST - 1);
        story.answer(read);
        return story.run();
      },
    ],
    [
      'a view that claims an index whose effects it lacks',
      () => {
        const story = new Story();
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        const read = story.begin('c2', linearizable(ALL_POINTS));
        story.see(read, FIRST - 1);
        story.answer(
          read,
          shown((reply) => ({ ...reply, index: FIRST })),
        );
        return story.run();
      },
    ],
    [
      'a stale view for who asked for a linearizable one',
      () => {
        const story = new Story();
        const behind = shown((reply) => ({ ...reply, stale: true }));
        story.does('c1', linearizable(ALL_POINTS), behind);
        return story.run();
      },
    ],
    [
      'a view that does not say that it is behind',
      () => {
        const story = new Story();
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        const read = story.begin('c2', either(ALL_POINTS));
        story.see(read, FIRST - 1);
        story.answer(
          read,
          shown((reply) => ({ ...reply, stale: false })),
        );
        return story.run();
      },
    ],
    [
      'a linearizable view that goes back behind another view',
      () => {
        const story = new Story();
        const lost = story.begin('c1', command('ana', 'k1', reserveNow('1')));
        story.commit(lost);
        story.does('c2', stale(ALL_POINTS));
        const read = story.begin('c3', linearizable(ALL_POINTS));
        story.see(read, FIRST - 1);
        story.answer(read);
        return story.run();
      },
    ],
    [
      'a view without a time shows free what was free before, and will be again, but not yet',
      () => {
        const story = new Story();
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        const read = story.begin('c2', linearizable(ALL_POINTS));
        story.see(read, FIRST, END_MS);
        story.answer(
          read,
          shown((reply) => ({ ...reply, atMs: null })),
        );
        story.does('c1', command('ana', 'k2', reserveNow('2')));
        story.pass(2 * WINDOW_MS);
        return story.run();
      },
    ],
    [
      'a view without a time that claims an index whose effects it lacks',
      () => {
        const story = new Story();
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        story.pass(60_000);
        const read = story.begin('c2', linearizable(ALL_POINTS));
        story.see(read, FIRST - 1);
        story.answer(
          read,
          shown((reply) => ({ ...reply, index: FIRST, atMs: null })),
        );
        return story.run();
      },
    ],
  ],
  'future-read': [
    [
      'a view of what was asked for only later',
      () => {
        const story = new Story();
        const read = story.begin('c2', linearizable(ALL_POINTS));
        story.see(read);
        const at = story.events.length;
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        story.see(read);
        story.answer(read);
        // The answer came before the command was sent.
        story.events.splice(at, 0, story.events.pop()!);
        return story.run();
      },
    ],
    [
      'a view that shows more than its index covers',
      () => {
        const story = new Story();
        const read = story.begin('c2', stale(ALL_POINTS));
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        story.see(read);
        story.answer(
          read,
          shown((reply) => ({ ...reply, index: FIRST - 1 })),
        );
        return story.run();
      },
    ],
    [
      'a view of an index that the log never reached',
      () => {
        const story = new Story();
        const beyond = shown((reply) => ({ ...reply, index: reply.index + 1 }));
        story.does('c1', stale(ALL_POINTS), beyond);
        return story.run();
      },
    ],
  ],
  'wrong-read': [
    [
      'a point that nobody registered',
      () => {
        const story = new Story();
        const view = [{ point: { id: '77' }, free: true }];
        story.does(
          'c1',
          linearizable(ALL_POINTS),
          shown((reply) => ({ ...reply, view })),
        );
        return story.run();
      },
    ],
    [
      'a time that ledger time had left behind',
      () => {
        const story = new Story();
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        const before = shown((reply) => ({ ...reply, atMs: START_MS - 1 }));
        story.does('c1', linearizable(ALL_POINTS), before);
        return story.run();
      },
    ],
  ],
  'order-against-real-time': [
    [
      'what was asked for later comes before what was answered by then',
      () => {
        const story = new Story();
        const late = story.begin('c2', command('bia', 'k2', reserveNow('2')));
        story.commit(late);
        const at = story.events.length - 1;
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        // It began only after the other was answered.
        story.events.push(story.events.splice(at, 1)[0]!);
        story.answer(late);
        return story.run();
      },
    ],
    [
      'the same, and its client never heard of it',
      () => {
        const story = new Story();
        const late = story.begin('c2', command('bia', 'k2', reserveNow('2')));
        story.commit(late);
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        story.events.push(story.events.shift()!);
        return story.run();
      },
    ],
  ],
  'ledger-time-back': [
    [
      'a later entry with an earlier time',
      () => {
        const story = new Story();
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        const earlier = told((reply) => ({ ...reply, atMs: START_MS - 1 }));
        story.does('c1', command('ana', 'k2', reserveNow('2')), earlier);
        return story.run();
      },
    ],
  ],
} satisfies Plants;
