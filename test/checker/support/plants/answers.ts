/** Plants in what clients are told of their commands, and in the reservations that come of them. */
import { START_MS } from '../../../ledger/log.js';
import { command, releaseNow, reserveNow } from '../calls.js';
import { told, toldReserved, withReservation, withReservations } from '../changed.js';
import { Story } from '../story.js';
import { ANAS, anaHasPointOne, END_MS, FIRST, type Plants } from './plant.js';

export const IN_ANSWERS = {
  'double-booking': [
    [
      'two clients are told that they have one point',
      () => anaHasPointOne(toldReserved(`r${FIRST + 1}`, ['1', START_MS, END_MS])).run(),
    ],
    [
      'two clients are told so without windows, by a door that names points only',
      () =>
        anaHasPointOne(
          told((reply) => ({ ...reply, result: { kind: 'reserved', stops: [{ pointId: '1' }] } })),
        ).run(),
    ],
    [
      'a node has two open stops on one point at one time',
      () => {
        const stops = [{ pointId: '1', startMs: END_MS - 1, endMs: END_MS + 1, state: 'PLANNED' } as const];
        return withReservation(anaHasPointOne().run(), { ...ANAS, id: 'r99', stops, madeIndex: 99 }, 'n2');
      },
    ],
    [
      'a point is given again after its release was refused',
      () => {
        const story = new Story();
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        story.does('c1', command('ana', 'k2', releaseNow('2')));
        story.does('c2', command('bia', 'k3', reserveNow('1')), toldReserved('r12', ['1', START_MS, END_MS]));
        return story.run();
      },
    ],
    [
      'a point is given again that was released only after',
      () => {
        const story = anaHasPointOne(toldReserved(`r${FIRST + 1}`, ['1', START_MS, END_MS]));
        story.does('c1', command('ana', 'k3', releaseNow('1')));
        return story.run();
      },
    ],
    [
      'a point is given again that was released only before',
      () => {
        const story = new Story();
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        story.does('c1', command('ana', 'k2', releaseNow('1')));
        story.does('c1', command('ana', 'k3', reserveNow('1')));
        story.does('c2', command('bia', 'k4', reserveNow('1')), toldReserved('r13', ['1', START_MS, END_MS]));
        return story.run();
      },
    ],
  ],
  'partial-trip': [
    [
      'a client is told of one stop of two',
      () => {
        const story = new Story();
        story.does(
          'c1',
          command('ana', 'k1', reserveNow('1', '2')),
          toldReserved('r10', ['1', START_MS, END_MS]),
        );
        return story.run();
      },
    ],
    [
      'a node has one stop of two',
      () =>
        withReservations(anaHasPointOne().run(), (each) => ({ ...each, stops: each.stops.slice(1) }), 'n3'),
    ],
    [
      'a refused request leaves a reservation behind',
      () =>
        withReservation(anaHasPointOne().run(), { ...ANAS, id: 'r11', holder: 'bia', madeIndex: FIRST + 1 }),
    ],
  ],
  'lost-acknowledged-write': [
    [
      'the log ends before what was acknowledged',
      () => {
        const story = new Story();
        story.does('c1', command('ana', 'k1', reserveNow('1')));
        const before = story.run();
        story.does('c2', command('bia', 'k2', reserveNow('2')));
        return { ...before, history: story.events };
      },
    ],
    [
      'another command stands where the acknowledged one should',
      () => {
        const story = new Story();
        const lost = story.begin('c1', command('ana', 'k1', reserveNow('1')));
        story.does('c2', command('bia', 'k2', reserveNow('2')));
        story.events.push({
          event: 'answer',
          attempt: lost,
          realMs: 9,
          reply: { kind: 'result', index: FIRST, atMs: START_MS, result: { kind: 'reserved' } },
        });
        return story.run();
      },
    ],
    ['one node lacks the reservation', () => withReservations(anaHasPointOne().run(), () => null, 'n1')],
  ],
  'applied-twice': [
    [
      'a copy of the command is answered as if it were the first',
      () => {
        const story = new Story();
        const attempt = story.begin('c1', command('ana', 'k1', reserveNow('1')));
        story.commit(attempt);
        story.commit(attempt);
        story.answer(
          attempt,
          told((reply) => ({ ...reply, index: FIRST + 1 })),
        );
        return story.run();
      },
    ],
    [
      'a node has a reservation for each of two copies',
      () => {
        const story = new Story();
        const attempt = story.begin('c1', command('ana', 'k1', reserveNow('1', '2')));
        story.commit(attempt);
        story.does('c1', command('ana', 'k2', releaseNow('1', '2')));
        story.commit(attempt);
        story.unknown(attempt);
        return withReservation(story.run(), { ...ANAS, id: `r${FIRST + 2}`, madeIndex: FIRST + 2 }, 'n2');
      },
    ],
  ],
  'two-answers-for-one-key': [
    [
      'a retry is told another entry',
      () => {
        const story = new Story();
        const call = command('ana', 'k1', reserveNow('1'));
        story.does('c1', call);
        const again = story.begin('c1', call);
        story.commit(again);
        story.answer(
          again,
          told((reply) => ({ ...reply, index: FIRST + 1 })),
        );
        return story.run();
      },
    ],
    [
      'a retry is refused what was granted',
      () => {
        const story = new Story();
        const call = command('ana', 'k1', reserveNow('1'));
        story.does('c1', call);
        story.does(
          'c1',
          call,
          told((reply) => ({ ...reply, result: { kind: 'refused', reason: 'STOPS_UNAVAILABLE' } })),
        );
        return story.run();
      },
    ],
  ],
  'wrong-answer': [
    [
      'a refusal where the log grants',
      () => {
        const story = new Story();
        story.does(
          'c1',
          command('ana', 'k1', reserveNow('1')),
          told((reply) => ({
            ...reply,
            result: { kind: 'refused', reason: 'STOPS_UNAVAILABLE', conflicts: [] },
          })),
        );
        return story.run();
      },
    ],
    [
      'the wrong ledger time',
      () => {
        const story = new Story();
        const later = told((reply) => ({ ...reply, atMs: START_MS + 1 }));
        story.does('c1', command('ana', 'k1', reserveNow('1')), later);
        return story.run();
      },
    ],
    [
      'the entry of another command',
      () => {
        const story = new Story();
        const [one, other] = ['1', '2'].map((id) =>
          story.begin(`c${id}`, command('ana', `k${id}`, reserveNow(id))),
        );
        story.commit(one!);
        story.commit(other!);
        story.answer(one!);
        story.answer(
          other!,
          told((reply) => ({ ...reply, index: FIRST })),
        );
        return story.run();
      },
    ],
  ],
} satisfies Plants;
