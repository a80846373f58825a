/**
 * Random lives of a small mesh that runs version 2: all that holders, companies and time may do, well aimed and badly.
 * A step says what it is after; at what it aims is found while the log is made, so that most commands change something.
 */
import fc from 'fast-check';
import type {
  ChangedStop,
  Command,
  LedgerEntry,
  Operation,
  WantedStop,
} from '../../../src/ledger/command.js';
import { Ledger } from '../../../src/ledger/ledger.js';
import type { Reservation, Stop } from '../../../src/ledger/state.js';
import type { PolicyTerms } from '../../../src/ledger/terms.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, START_MS } from '../../ledger/log.js';
import { versionOf } from '../model/judged.js';

const COMPANIES = ['empresa_a', 'empresa_b', 'empresa_c'];
/** Some have more to do than others. */
const HOLDERS = ['ana', 'ana', 'ana', 'ana', 'bia', 'caio'];
/** Point, company, place, power. Points of one place stand for one another. */
const POINTS = [
  ['1', 'empresa_a', 'Salvador', 50_000],
  ['2', 'empresa_a', ' SALVADOR', 22_000],
  ['10', 'empresa_b', 'salvador ', 50_000],
  ['3', 'empresa_b', 'Valente', 50_000],
  ['x.1', 'empresa_c', 'Valente', 150_000],
] as const;
const PLACES = ['Salvador', 'SALVADOR ', 'Valente', 'Lua'];

const KINDS = [
  ...Array<Operation['kind']>(9).fill('reserve'),
  ...Array<Operation['kind']>(9).fill('expire'),
  ...Array<Operation['kind']>(5).fill('join-waitlist'),
  ...(['confirm', 'cancel', 'change', 'start-stop', 'report-status'] as const).flatMap((kind) => [
    kind,
    kind,
    kind,
  ]),
  ...Array<Operation['kind']>(4).fill('declare-trip'),
  ...(['shift', 'substitute', 'finish-stop', 'set-schedule'] as const).flatMap((kind) => [kind, kind]),
  'extend-hold',
  'release',
  'leave-waitlist',
  'acknowledge',
  'set-policy',
  'displace-stop',
  'delete-point',
  'delete-route',
  'remove-company',
  'prune',
  'register-company',
  'register-point',
  'register-route',
] as const satisfies readonly Operation['kind'][];

const step = fc.record({
  kind: fc.constantFrom(...KINDS),
  /** What all of its choices are made of. */
  dice: fc.array(fc.nat({ max: 9_999 }), { minLength: 40, maxLength: 40 }),
  afterMs: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(0, 0, 1, 10_000, 30_000) },
    { weight: 6, arbitrary: fc.constantFrom(MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS) },
    { weight: 1, arbitrary: fc.constantFrom(40 * MINUTE_MS, 3 * HOUR_MS) },
  ),
});

export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export function lives(maxLength: number): fc.Arbitrary<readonly LedgerEntry[]> {
  return fc.array(step, { minLength: 10, maxLength, size: 'max' }).map((steps) => entriesOf(steps));
}

/** The log that these steps make, from the founding of the mesh on. */
function entriesOf(steps: readonly Step[]): readonly LedgerEntry[] {
  const life = new Life();
  for (const each of steps) life.step(each);
  return life.entries;
}

class Dice {
  #next = 0;

  constructor(private readonly numbers: readonly number[]) {}

  below(n: number): number {
    const number = this.numbers[this.#next % this.numbers.length]!;
    this.#next += 1;
    return number % n;
  }

  pick<T>(some: readonly T[]): T {
    return some[this.below(some.length)]!;
  }

  /** So often in a hundred times. */
  hits(percent: number): boolean {
    return this.below(100) < percent;
  }
}

interface Aimed {
  readonly reservation: Reservation;
  readonly number: number;
  readonly stop: Stop;
}

class Life {
  readonly entries: LedgerEntry[] = [];
  readonly #ledger = Ledger.empty();
  readonly #ids: string[] = [];
  readonly #waitIds: string[] = [];
  #atMs = START_MS;

  constructor() {
    COMPANIES.forEach((originCompany, i) => {
      this.#apply({ kind: 'register-company', name: 'N', displayId: `${i + 1}` }, { originCompany });
    });
    for (const [pointId, originCompany, place, powerWatts] of POINTS) {
      this.#apply(point(pointId, place, powerWatts), { originCompany });
    }
    // Some things are older than version 2.
    this.#apply(
      { kind: 'reserve', stops: [wanted('3', this.#atMs + HOUR_MS, HOUR_MS)], holdMs: 0 },
      { holder: 'ana' },
    );
    this.#apply({ kind: 'reserve', stops: [wanted('1', 'now', HOUR_MS)], holdMs: 30_000 }, { holder: 'bia' });
    this.#apply({ kind: 'raise-version', ledgerVersion: 2 }, { requestKey: '', door: 'node' });
  }

  step({ kind, dice: numbers, afterMs }: Step): void {
    const dice = new Dice(numbers);
    this.#atMs += dice.below(400) === 0 ? 3 * DAY_MS : afterMs;
    const aims = dice.hits(85);
    const aimed = aims ? this.#aim(kind, dice) : undefined;
    const open = this.#known().filter(({ end }) => end === null);
    const target =
      aimed?.reservation ?? (open.length > 0 && aims ? dice.pick(open) : dice.pick(this.#known()));
    const operation = this.#operation(kind, dice, target, aimed?.number);
    const isOwn = kind === 'expire' || kind === 'prune';
    const isCompanys = 'pointId' in operation || kind === 'delete-route' || kind === 'displace-stop';
    const owner = isCompanys && aims ? this.#ownerOf(operation, aimed) : undefined;
    const acting =
      'as' in operation && operation.as === 'company' && aimed ? aimed.stop.terms?.company : undefined;
    this.#apply(operation, {
      requestKey: isOwn ? '' : dice.hits(4) ? 'same' : `key-${this.entries.length}`,
      keyKind: dice.hits(50) ? 'client' : 'node',
      door: isOwn ? 'node' : dice.pick(['rest', 'rest', 'mqtt', 'grpc', 'legacy-rest']),
      holder: aims && 'reservationId' in operation ? target.holder : dice.pick(HOLDERS),
      originCompany: acting ?? owner ?? dice.pick(COMPANIES),
      ledgerVersion: dice.hits(3) ? 1 : 2,
      notAfterMs: this.#atMs + (dice.hits(2) ? -1 : 5_000),
    });
  }

  #operation(
    kind: Operation['kind'],
    dice: Dice,
    target: Reservation,
    aimedAt: number | undefined,
  ): Operation {
    const { id: reservationId, changedIndex, stops } = target;
    const number = aimedAt ?? dice.below(stops.length + 1);
    const ifIndex = dice.hits(70) ? 0 : dice.hits(70) ? changedIndex : Math.max(0, changedIndex - 1);
    const on = { reservationId, ifIndex };
    const pointId = dice.hits(97) ? dice.pick(POINTS)[0] : 'nowhere';
    const holdMs = dice.pick([0, 0, 0, 1_000, 2 * MINUTE_MS, 30 * MINUTE_MS, DAY_MS]);
    const afterNoShow = dice.pick(['keep', 'free'] as const);
    const as = dice.pick(['holder', 'holder', 'company'] as const);
    switch (kind) {
      case 'reserve':
        return { kind, stops: this.#stops(dice, 3), holdMs, ...(dice.hits(60) ? { afterNoShow } : {}) };
      case 'release': {
        const pointIds = [...stops.map((stop) => stop.pointId), pointId].slice(0, 1 + dice.below(3));
        return { kind, pointIds, mode: dice.pick(['all-or-none', 'any'] as const) };
      }
      case 'confirm':
        return { kind, ...on };
      case 'extend-hold':
        return { kind, ...on, holdMs: dice.pick([MINUTE_MS, 30 * MINUTE_MS, DAY_MS]) };
      case 'cancel': {
        const named = dice.hits(50) ? [] : dice.hits(80) ? [number] : [number, 0, 1];
        const reason = dice.pick(['', 'why']);
        return { kind, ...on, stops: named, as: dice.pick(['holder', 'holder', 'operator']), reason };
      }
      case 'change': {
        const active = stops.flatMap(({ state }, n) => (state === 'ACTIVE' || dice.hits(30) ? [n] : []));
        const kept = active.map((keep): ChangedStop => ({ keep }));
        return { kind, ...on, stops: [...kept, ...this.#stops(dice, 2)].slice(dice.below(2)) };
      }
      case 'shift':
        return { kind, ...on, stop: number, byMs: dice.pick([MINUTE_MS, 20 * MINUTE_MS, HOUR_MS, DAY_MS]) };
      case 'substitute':
        return { kind, ...on, stop: number, candidates: this.#stops(dice, 3) };
      case 'start-stop':
      case 'finish-stop':
        return { kind, ...on, stop: number, as };
      case 'displace-stop':
        return { kind, ...on, stop: number, reason: dice.pick(['broken', 'broken', '']) };
      case 'declare-trip':
        return { kind, stops: this.#stops(dice, 4).map((stop) => named(stop)), holdMs, afterNoShow };
      case 'join-waitlist':
        return { kind, stops: this.#stops(dice, 2).map((stop) => this.#later(stop, dice)), afterNoShow };
      case 'leave-waitlist':
        return { kind, waitId: this.#waitIds.length > 0 ? dice.pick(this.#waitIds) : 'w1' };
      case 'acknowledge':
        return {
          kind,
          noticeIds: this.#notices()
            .concat('n1.0')
            .slice(0, 1 + dice.below(3)),
        };
      case 'set-policy':
        return { kind, policy: policy(dice) };
      case 'set-schedule':
        return { kind, pointId, ...this.#hours(dice), displace: dice.hits(70) };
      case 'report-status': {
        const status = dice.pick([
          'available',
          'available',
          'occupied',
          'faulted',
          'offline',
          'maintenance',
        ] as const);
        const untilMs = this.#atMs + dice.pick([5 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS]);
        return { kind, pointId, status, untilMs: status === 'available' ? 0 : untilMs };
      }
      case 'delete-point':
        return { kind, pointId, displace: dice.hits(60) };
      case 'delete-route':
        return { kind, routeId: dice.pick(['7', '8']) };
      case 'register-company':
        return { kind, name: 'N', displayId: dice.pick(['1', '2', '3', '']) };
      case 'register-point': {
        const [id, , place, powerWatts] = dice.pick(POINTS);
        return dice.hits(60)
          ? point(id, place, powerWatts)
          : point(id, dice.pick(PLACES), dice.pick([11, 22_000]));
      }
      case 'register-route':
        return {
          kind,
          routeId: dice.pick(['7', '8']),
          name: 'R',
          pointIds: [pointId, '1'],
          legMetres: [1_000],
        };
      case 'remove-company':
      case 'expire':
      case 'prune':
        return { kind };
      default:
        throw new Error(`a life has no ${kind}`);
    }
  }

  /** A stop that the operation can do something to, if there is any. */
  #aim(kind: Operation['kind'], dice: Dice): Aimed | undefined {
    const would = this.#known()
      .filter(({ end }) => end === null)
      .flatMap((reservation) => reservation.stops.map((stop, number) => ({ reservation, number, stop })))
      .filter(({ reservation: { state }, stop }) => {
        if (kind === 'confirm' || kind === 'extend-hold') return state === 'HELD';
        if (kind === 'finish-stop') return stop.state === 'ACTIVE';
        if (kind === 'substitute') return stop.state === 'DISPLACED';
        if (kind === 'displace-stop') return stop.state === 'PLANNED' || stop.state === 'ACTIVE';
        const isSoon = stop.startMs - 15 * MINUTE_MS <= this.#atMs && this.#atMs < stop.endMs;
        return state === 'CONFIRMED' && stop.state === 'PLANNED' && (kind !== 'start-stop' || isSoon);
      });
    return would.length === 0 ? undefined : dice.pick(would);
  }

  #ownerOf(operation: Operation, aimed: Aimed | undefined): string | undefined {
    if (operation.kind === 'displace-stop') return aimed?.stop.terms?.company;
    const pointId = 'pointId' in operation ? operation.pointId : '1';
    return POINTS.find(([id]) => id === pointId)?.[1];
  }

  #stops(dice: Dice, max: number): readonly WantedStop[] {
    const count = dice.pick([1, 1, 1, 2, max]);
    return Array.from({ length: count }, (): WantedStop => {
      const durationMs = dice.pick([10, 30, 60, 60, 120].map((minutes) => minutes * MINUTE_MS));
      const quarterMs = this.#atMs - (this.#atMs % (15 * MINUTE_MS));
      const startMs = dice.hits(20)
        ? 'now'
        : quarterMs + (dice.below(12) - (dice.hits(5) ? 1 : 0)) * 15 * MINUTE_MS;
      const company = dice.hits(94) ? '' : dice.pick(['1', 'empresa_b']);
      const site = {
        place: dice.pick(PLACES),
        connector: 'CCS2',
        minPowerWatts: dice.pick([0, 30_000, 100_000]),
      };
      if (dice.hits(25)) return { pointId: '', site, company, startMs, durationMs };
      return { pointId: dice.hits(97) ? dice.pick(POINTS)[0] : 'nowhere', company, startMs, durationMs };
    });
  }

  /** The waiting list takes no stop that begins now. */
  #later(stop: WantedStop, dice: Dice): WantedStop {
    return stop.startMs === 'now' && dice.hits(95) ? { ...stop, startMs: this.#atMs + HOUR_MS } : stop;
  }

  #hours(dice: Dice) {
    const minute = Math.floor(((this.#atMs + 3 * DAY_MS) / MINUTE_MS) % (7 * 24 * 60));
    const closesAt = Math.min(10_000, minute + dice.pick([30, 90, 180]));
    const week = { startMinute: 0, endMinute: 7 * 24 * 60 };
    const weekly = dice.pick([
      [],
      [],
      [week],
      [
        { startMinute: 0, endMinute: closesAt },
        { startMinute: closesAt + 30, endMinute: 7 * 24 * 60 },
      ],
    ]);
    const startMs = this.#atMs + dice.pick([0, 20, 60]) * MINUTE_MS;
    const maintenance = dice.hits(30) ? [{ startMs, endMs: startMs + 30 * MINUTE_MS }] : [];
    return { utcOffsetMinutes: dice.pick([0, 0, -180, 14 * 60]), weekly, maintenance };
  }

  #known(): readonly Reservation[] {
    return this.#ids
      .flatMap((reservationId) => {
        const found = this.#ledger.query({ kind: 'reservation', reservationId }, this.#atMs);
        return found === null ? [] : [found];
      })
      .concat(NOBODYS);
  }

  #notices(): readonly string[] {
    return [...this.#ledger.rows()].flatMap(({ key }) => (key.startsWith('n:') ? [key.slice(2)] : []));
  }

  #apply(operation: Operation, envelope: Partial<Command>): void {
    const index = this.entries.length + 1;
    const command: Command = {
      ledgerVersion: versionOf(operation),
      requestKey: `key-${index}`,
      keyKind: 'node',
      holder: 'ana',
      door: 'rest',
      originCompany: 'empresa_a',
      traceId: '0'.repeat(32),
      notAfterMs: this.#atMs + 5_000,
      ...envelope,
      operation,
    };
    const entry = { index, atMs: this.#atMs, command };
    this.entries.push(entry);
    for (const { key } of this.#ledger.apply(entry, 1).changes) {
      const id = key.slice(2);
      if (key.startsWith('v:') && !this.#ids.includes(id)) this.#ids.push(id);
      if (key.startsWith('w:') && !this.#waitIds.includes(id)) this.#waitIds.push(id);
    }
  }
}

/** What is aimed at when there is nothing. */
const NOBODYS: Reservation = {
  id: 'r999999',
  holder: 'ana',
  state: 'CONFIRMED',
  documented: false,
  stops: [],
  madeAtMs: 0,
  madeIndex: 999_999,
  holdUntilMs: 0,
  end: { who: 'time', reason: '', atMs: 0 },
  changedIndex: 0,
  afterNoShow: 'keep',
  holdWarned: false,
  waitId: '',
};

function policy(dice: Dice): PolicyTerms {
  return {
    minNoticeMs: dice.pick([0, 0, 10 * MINUTE_MS]),
    horizonMs: dice.pick([2 * HOUR_MS, 366 * DAY_MS, 366 * DAY_MS]),
    durationMaxMs: dice.pick([HOUR_MS, 30 * DAY_MS]),
    earlyMs: dice.pick([0, 15 * MINUTE_MS, HOUR_MS]),
    lateMs: dice.pick([MINUTE_MS, 15 * MINUTE_MS, 0]),
    bufferMs: dice.pick([0, 5 * MINUTE_MS, 20 * MINUTE_MS]),
    cancelBeforeMs: dice.pick([0, HOUR_MS]),
    reservationFeeCentavos: dice.pick([0, 7]),
    lateCancelFeeCentavos: dice.pick([0, 3]),
    noShowFeeCentavos: dice.pick([0, 9]),
  };
}

function wanted(pointId: string, startMs: number | 'now', durationMs: number): WantedStop {
  return { pointId, company: '', startMs, durationMs };
}

/** A trip is declared by points. */
function named({ pointId, company, startMs, durationMs }: WantedStop) {
  return { pointId: pointId === '' ? '1' : pointId, company, startMs, durationMs };
}

function point(pointId: string, place: string, powerWatts: number): Operation {
  const at = { latitudeMicrodegrees: -12_971_400, longitudeMicrodegrees: -38_501_400 };
  return { kind: 'register-point', pointId, place, ...at, connector: 'CCS2', powerWatts };
}
