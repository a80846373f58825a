/**
 * Plants against the rules of version 2, at least one for each family of them: in what clients are told, and in what nodes
 * have. Without its lie each story is a correct run.
 */
import type { Operation, WantedPoint } from '../../../../src/ledger/command.js';
import type { Result } from '../../../../src/ledger/result.js';
import type { PolicyTerms } from '../../../../src/ledger/terms.js';
import { HOUR_MS, MINUTE_MS, point, START_MS } from '../../../ledger/log.js';
import type { AnomalyKind } from '../../findings.js';
import type { CommandCall } from '../../mesh-history.js';
import type { Run } from '../../run.js';
import type { Seen } from '../../seen.js';
import { told, withNodes } from '../changed.js';
import { Story } from '../story.js';

export interface RulePlant {
  readonly family: string;
  readonly kind: AnomalyKind;
  readonly what: string;
  /** The run, with its lie or without. */
  readonly run: (lies: boolean) => Run;
}

const TEN_MS = START_MS + 10 * HOUR_MS;

const POLICY: PolicyTerms = {
  minNoticeMs: 5 * MINUTE_MS,
  horizonMs: 48 * HOUR_MS,
  durationMaxMs: 4 * HOUR_MS,
  earlyMs: 10 * MINUTE_MS,
  lateMs: 10 * MINUTE_MS,
  bufferMs: 5 * MINUTE_MS,
  cancelBeforeMs: 12 * HOUR_MS,
  reservationFeeCentavos: 100,
  lateCancelFeeCentavos: 300,
  noShowFeeCentavos: 900,
};

/** Of the story's first reservation: no-op, two companies, four points, a route, the raise and the policy come before. */
const FIRST = 12;
const TRIP = `r${FIRST}`;

const ON_TRIP = { reservationId: TRIP, ifIndex: 0 };

/** In version 2, with rules of company a: points 1 and 3 are its own, 2 and 4 of company b. */
function story(): Story {
  return new Story().raise(['empresa_a', { kind: 'set-policy', policy: POLICY }]);
}

/** One in which ana has point 1 from ten to eleven. */
function anaAtTen(holdMs = 0): Story {
  const told = story();
  told.does('c1', asks('ana', 'k1', { kind: 'reserve', stops: [at('1')], holdMs }));
  return told;
}

function at(pointId: string, startMs = TEN_MS, durationMs = HOUR_MS): WantedPoint {
  return { pointId, company: '', startMs, durationMs };
}

function asks(holder: string, requestKey: string, operation: Operation): CommandCall {
  return { kind: 'command', holder, requestKey, door: 'rest', traceId: '', operation };
}

function instead(lies: boolean, result: Seen<Result>) {
  return told((reply) => (lies ? { ...reply, result } : reply));
}

function granted(index: number, pointId: string, startMs: number): Seen<Result> {
  return {
    kind: 'reserved',
    reservationId: `r${index}`,
    stops: [{ pointId, startMs, endMs: startMs + HOUR_MS }],
  };
}

/** The rows of all nodes, or of one, changed as text. */
function withText(run: Run, lies: boolean, prefix: string, from: string, to: string, only?: string): Run {
  const change = (row: string) => {
    if (!row.includes(from)) throw new Error(`the row says no ${from}: ${row}`);
    return row.replace(from, to);
  };
  const rowsOf = (rows: Run['nodes'][number]['rows']) =>
    rows.map(({ key, row }) => ({ key, row: key.startsWith(prefix) ? change(row) : row }));
  return lies ? withNodes(run, (node) => ({ ...node, rows: rowsOf(node.rows) }), only) : run;
}

function withoutRow(run: Run, lies: boolean, prefix: string, only?: string): Run {
  const kept = (rows: Run['nodes'][number]['rows']) => rows.filter(({ key }) => !key.startsWith(prefix));
  return lies ? withNodes(run, (node) => ({ ...node, rows: kept(node.rows) }), only) : run;
}

/** One command more, whose client is told something else. */
function oneMore(before: () => Story, operation: Operation, result: Seen<Result>, holder = 'bia') {
  return (lies: boolean): Run => {
    const told = before();
    told.does('c2', asks(holder, 'k2', operation), instead(lies, result));
    return told.run();
  };
}

const HELD = () => anaAtTen(30 * MINUTE_MS);
const NEXT = FIRST + 1;

export const RULE_PLANTS: readonly RulePlant[] = [
  {
    family: 'buffers',
    kind: 'wrong-answer',
    what: 'a client gets a window that begins in the buffer of another',
    run: oneMore(
      anaAtTen,
      { kind: 'reserve', stops: [at('1', TEN_MS + HOUR_MS)], holdMs: 0 },
      granted(NEXT, '1', TEN_MS + HOUR_MS),
    ),
  },
  {
    family: 'buffers',
    kind: 'double-booking',
    what: 'a node has two stops of which one begins in the buffer of the other',
    run: (lies) => {
      const told = anaAtTen();
      told.does(
        'c2',
        asks('bia', 'k2', { kind: 'reserve', stops: [at('1', TEN_MS + 2 * HOUR_MS)], holdMs: 0 }),
      );
      const [early, late] = [TEN_MS + 2 * HOUR_MS, TEN_MS + HOUR_MS].map((ms) => `["1",${ms},`);
      return withText(told.run(), lies, `v:r${NEXT}`, early!, late!, 'n2');
    },
  },
  {
    family: 'policies',
    kind: 'wrong-answer',
    what: 'a client gets what is too soon for the company',
    run: oneMore(
      story,
      { kind: 'reserve', stops: [at('1', START_MS + MINUTE_MS)], holdMs: 0 },
      granted(FIRST, '1', START_MS + MINUTE_MS),
    ),
  },
  {
    family: 'schedules',
    kind: 'wrong-answer',
    what: 'a client gets a window in which the point is closed',
    run: oneMore(
      () =>
        story().raise([
          'empresa_a',
          {
            kind: 'set-schedule',
            pointId: '1',
            utcOffsetMinutes: 0,
            weekly: [],
            maintenance: [{ startMs: TEN_MS + MINUTE_MS, endMs: TEN_MS + 2 * MINUTE_MS }],
            displace: false,
          },
        ]),
      { kind: 'reserve', stops: [at('1')], holdMs: 0 },
      granted(FIRST + 2, '1', TEN_MS),
    ),
  },
  {
    family: 'sites',
    kind: 'wrong-answer',
    what: 'a client gets another point of the place than the weakest that will do',
    run: oneMore(
      () => story().raise(['empresa_b', { ...point('9', 'cidade 1'), powerWatts: 40_000 }]),
      {
        kind: 'reserve',
        stops: [
          {
            pointId: '',
            site: { place: 'CIDADE 1 ', connector: 'CCS2', minPowerWatts: 1 },
            company: '',
            startMs: TEN_MS,
            durationMs: HOUR_MS,
          },
        ],
        holdMs: 0,
      },
      granted(FIRST + 2, '1', TEN_MS),
    ),
  },
  {
    family: 'holds',
    kind: 'wrong-answer',
    what: 'a hold is confirmed that has run out, though no entry has said so',
    run: (lies) => {
      const told = HELD();
      told.atMs += 30 * MINUTE_MS;
      const stops = [
        { stop: 0, pointId: '1', startMs: TEN_MS, endMs: TEN_MS + HOUR_MS, state: 'PLANNED' as const },
      ];
      const result = {
        kind: 'updated',
        reservationId: TRIP,
        state: 'CONFIRMED',
        holdUntilMs: 0,
        stops,
      } as const;
      told.does('c1', asks('ana', 'k2', { kind: 'confirm', ...ON_TRIP }), instead(lies, result));
      told.pass(0);
      return told.run();
    },
  },
  {
    family: 'holds',
    kind: 'wrong-answer',
    what: 'a hold is to last for longer than a day from when it was made',
    run: oneMore(
      HELD,
      { kind: 'extend-hold', ...ON_TRIP, holdMs: 24 * HOUR_MS },
      { kind: 'refused', reason: 'HOLD_TOO_LONG' },
      'ana',
    ),
  },
  {
    family: 'cancelling',
    kind: 'ledgers-differ',
    what: 'who gave a stop back too late owes nothing for it',
    run: (lies) => {
      const told = anaAtTen();
      const operation: Operation = { kind: 'cancel', ...ON_TRIP, stops: [], as: 'holder', reason: '' };
      told.does('c1', asks('ana', 'k2', operation));
      return withText(told.run(), lies, 'v:', ',300]]', ',0]]');
    },
  },
  {
    family: 'changing',
    kind: 'wrong-answer',
    what: 'a change leaves a stop that it neither keeps nor names',
    run: oneMore(
      anaAtTen,
      { kind: 'change', ...ON_TRIP, stops: [at('2')] },
      {
        kind: 'updated',
        stops: [
          { stop: 0, state: 'PLANNED' },
          { stop: 1, state: 'PLANNED' },
        ],
      },
      'ana',
    ),
  },
  {
    family: 'shifting',
    kind: 'wrong-answer',
    what: 'a stop is moved into the window of another',
    run: (lies) => {
      const told = anaAtTen();
      told.does(
        'c2',
        asks('bia', 'k2', { kind: 'reserve', stops: [at('1', TEN_MS + 2 * HOUR_MS)], holdMs: 0 }),
      );
      const operation: Operation = { kind: 'shift', ...ON_TRIP, stop: 0, byMs: HOUR_MS };
      told.does('c1', asks('ana', 'k3', operation), instead(lies, { kind: 'updated', reservationId: TRIP }));
      return told.run();
    },
  },
  {
    family: 'substitutes',
    kind: 'wrong-answer',
    what: 'a stop whose point is well is given another',
    run: oneMore(
      anaAtTen,
      { kind: 'substitute', ...ON_TRIP, stop: 0, candidates: [at('2')] },
      { kind: 'updated', reservationId: TRIP },
      'ana',
    ),
  },
  {
    family: 'coming and leaving',
    kind: 'wrong-answer',
    what: 'a vehicle begins earlier than its company lets it',
    run: oneMore(
      anaAtTen,
      { kind: 'start-stop', ...ON_TRIP, stop: 0, as: 'holder' },
      { kind: 'updated', reservationId: TRIP },
      'ana',
    ),
  },
  {
    family: 'statuses',
    kind: 'ledgers-differ',
    what: 'a stop stays booked at a point that failed',
    run: (lies) => {
      const until = { status: 'faulted', untilMs: TEN_MS + MINUTE_MS } as const;
      const told = anaAtTen().raise(['empresa_a', { kind: 'report-status', pointId: '1', ...until }]);
      return withText(told.run(), lies, 'v:', '"DISPLACED"', '"PLANNED"');
    },
  },
  {
    family: 'ownership',
    kind: 'ledgers-differ',
    what: 'a company reports the status of what is another’s',
    run: (lies) => {
      const until = { status: 'offline', untilMs: TEN_MS } as const;
      const told = anaAtTen().raise(['empresa_b', { kind: 'report-status', pointId: '1', ...until }]);
      return withText(told.run(), lies, 'p:1', '"status":"available"', '"status":"offline"');
    },
  },
  {
    family: 'first-point priority',
    kind: 'wrong-answer',
    what: 'who has no ticket gets what an older one claims',
    run: (lies) => {
      const told = story();
      const operation: Operation = {
        kind: 'declare-trip',
        stops: [at('1'), at('2')],
        holdMs: 0,
        afterNoShow: 'keep',
      };
      told.does('c1', asks('ana', 'k1', operation));
      const wanted: Operation = { kind: 'reserve', stops: [at('2')], holdMs: 0 };
      told.does('c2', asks('bia', 'k2', wanted), instead(lies, granted(NEXT, '2', TEN_MS)));
      return told.run();
    },
  },
  {
    family: 'waiting list',
    kind: 'ledgers-differ',
    what: 'what became free is offered to the younger wish',
    run: (lies) => {
      const told = anaAtTen();
      for (const holder of ['bia', 'caio']) {
        const wish: Operation = { kind: 'join-waitlist', stops: [at('1')], afterNoShow: 'keep' };
        told.does('c2', asks(holder, 'w', wish));
      }
      const operation: Operation = { kind: 'cancel', ...ON_TRIP, stops: [], as: 'holder', reason: '' };
      told.does('c1', asks('ana', 'k2', operation));
      const offer = `v:r${told.lastIndex}.1`;
      return withText(told.run(), lies, offer, '"holder":"bia"', '"holder":"caio"');
    },
  },
  {
    family: 'time',
    kind: 'hold-never-ends',
    what: 'a stop that nobody came to is still planned',
    run: (lies) => {
      const told = anaAtTen();
      told.pass(10 * HOUR_MS + 10 * MINUTE_MS + (lies ? -1 : 0));
      const run = told.run();
      return lies ? { ...run, endedAtMs: run.endedAtMs + HOUR_MS } : run;
    },
  },
  {
    family: 'time',
    kind: 'ledgers-differ',
    what: 'a no-show owes nothing',
    run: (lies) => {
      const told = anaAtTen();
      told.pass(10 * HOUR_MS + 10 * MINUTE_MS);
      return withText(told.run(), lies, 'v:', ',900]]', ',0]]');
    },
  },
  {
    family: 'notices',
    kind: 'ledgers-differ',
    what: 'a holder is not told that its stop was displaced',
    run: (lies) => {
      const until = { status: 'faulted', untilMs: TEN_MS + MINUTE_MS } as const;
      const told = anaAtTen().raise(['empresa_a', { kind: 'report-status', pointId: '1', ...until }]);
      return withoutRow(told.run(), lies, 'n:');
    },
  },
  {
    family: 'housekeeping',
    kind: 'lost-acknowledged-write',
    what: 'a reservation left memory though nothing was pruned',
    run: (lies) => {
      const told = anaAtTen();
      told.pass(12 * HOUR_MS);
      return withoutRow(told.run(), lies, 'v:', 'n3');
    },
  },
  {
    family: 'audit trail',
    kind: 'ledgers-differ',
    what: 'the head of one node’s audit trail is another',
    run: (lies) => withText(anaAtTen().run(), lies, 'a:', '"head":"', '"head":"0', 'n2'),
  },
];
