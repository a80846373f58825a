/** Plants in the nodes' logs and ledgers. */
import { START_MS } from '../../../ledger/log.js';
import { command, holdNow, reserveNow } from '../calls.js';
import { withLogs, withNodes, withReservations } from '../changed.js';
import { Story } from '../story.js';
import { ANAS, anaHasPointOne, FIRST, type Plants } from './plant.js';

export const IN_NODES = {
  'hold-never-ends': [
    [
      'a hold is open long after it ran out, on one node',
      () => {
        const story = new Story();
        story.does('c1', command('ana', 'k1', holdNow(2_000, '1', '2')));
        story.pass(60_000);
        const held = { ...ANAS, state: 'HELD', holdUntilMs: START_MS + 2_000 } as const;
        return withReservations(story.run(), () => held, 'n2');
      },
    ],
    [
      'nothing ever ends what is due',
      () => {
        const story = new Story();
        story.does('c1', command('ana', 'k1', holdNow(2_000, '1')));
        return { ...story.run(), endedAtMs: START_MS + 60_000 };
      },
    ],
  ],
  'entry-nobody-asked-for': [
    [
      'a command in the log that is in no history',
      () => {
        const story = anaHasPointOne();
        story.events.splice(0, 2);
        return story.run();
      },
    ],
    [
      'a command that was changed on its way',
      () => {
        const story = new Story();
        const asked = story.begin('c1', command('ana', 'k1', reserveNow('1')));
        story.commit(asked);
        const event = story.events[0] as Extract<(typeof story.events)[number], { event: 'invoke' }>;
        story.events[0] = { ...event, call: command('ana', 'k1', reserveNow('2')) };
        return story.run();
      },
    ],
  ],
  'denied-yet-logged': [
    [
      'a client is promised that nothing was proposed',
      () => {
        const story = new Story();
        const attempt = story.begin('c1', command('ana', 'k1', reserveNow('1')));
        story.commit(attempt);
        story.denied(attempt);
        return story.run();
      },
    ],
    [
      'a retry is denied and wrote an entry, the first attempt is unknown',
      () => {
        const story = new Story();
        const call = command('ana', 'k1', reserveNow('1'));
        story.unknown(story.begin('c1', { ...call, traceId: 'a'.repeat(32) }));
        const denied = story.begin('c1', { ...call, traceId: 'b'.repeat(32) });
        story.commit(denied);
        story.denied(denied);
        return story.run();
      },
    ],
  ],
  'logs-differ': [
    [
      'one node has another term at an index',
      () =>
        withLogs(
          anaHasPointOne().run(),
          (log) => log.map((entry) => (entry.index === FIRST ? { ...entry, term: 3 } : entry)),
          'n3',
        ),
    ],
    [
      'one node has another command at an index',
      () =>
        withLogs(
          anaHasPointOne().run(),
          (log) => log.map((entry) => (entry.index === FIRST ? { ...entry, content: null } : entry)),
          'n2',
        ),
    ],
  ],
  'ledgers-differ': [
    [
      'one node has another digest',
      () => withNodes(anaHasPointOne().run(), (node) => ({ ...node, digest: 'f'.repeat(32) }), 'n2'),
    ],
    [
      'one node is behind',
      () =>
        withNodes(anaHasPointOne().run(), (node) => ({ ...node, appliedIndex: node.appliedIndex - 1 }), 'n2'),
    ],
    [
      'all nodes agree on what their log does not say',
      () => withReservations(anaHasPointOne().run(), (each) => ({ ...each, state: 'HELD', holdUntilMs: 5 })),
    ],
    [
      'a node lacks a reservation that nobody was told of',
      () => {
        const story = new Story();
        const lost = story.begin('c1', command('ana', 'k1', reserveNow('1')));
        story.commit(lost);
        story.unknown(lost);
        return withReservations(story.run(), () => null, 'n3');
      },
    ],
    [
      'a node forgot the answer kept under a key',
      () =>
        withNodes(
          anaHasPointOne().run(),
          (node) => ({ ...node, rows: node.rows.filter(({ key }) => !key.startsWith('k:ana')) }),
          'n1',
        ),
    ],
    [
      'a point changed by itself',
      () =>
        withNodes(anaHasPointOne().run(), (node) => ({
          ...node,
          rows: node.rows.map(({ key, row }) => ({ key, row: row.replace('"available"', '"faulted"') })),
        })),
    ],
    [
      'a row says more than version 1 of the ledger writes',
      () =>
        withReservations(anaHasPointOne().run(), (each) => Object.assign(each, { changedIndex: 0 }), 'n2'),
    ],
  ],
} satisfies Plants;
