/** Logs in which so much happens at once that an entry's bounds are met: what is left follows in the next ones. */
import type { Command, LedgerEntry, Operation, WantedStop } from '../../../src/ledger/command.js';
import { HOUR_MS, MINUTE_MS, START_MS } from '../../ledger/log.js';
import { versionOf } from '../model/judged.js';

const TEN_MS = START_MS + 10 * HOUR_MS;

class Crowd {
  readonly entries: LedgerEntry[] = [];
  atMs = START_MS;

  /** One company, so many points of one place, in version 2. */
  constructor(points: number) {
    this.adds({ kind: 'register-company', name: 'N', displayId: '1' });
    for (let n = 1; n <= points; n += 1) this.adds(point(`${n}`));
    this.adds({ kind: 'raise-version', ledgerVersion: 2 }, { requestKey: '', door: 'node' });
  }

  adds(operation: Operation, envelope: Partial<Command> = {}): void {
    const index = this.entries.length + 1;
    const own = operation.kind === 'expire' || operation.kind === 'prune';
    const command: Command = {
      ledgerVersion: versionOf(operation),
      requestKey: own ? '' : `key-${index}`,
      keyKind: 'node',
      holder: `h${index}`,
      door: own ? 'node' : 'rest',
      originCompany: 'empresa_a',
      traceId: '0'.repeat(32),
      notAfterMs: this.atMs + 5_000,
      ...envelope,
      operation,
    };
    this.entries.push({ index, atMs: this.atMs, command });
  }

  /** Time goes on and acts, so many times. */
  passes(ms: number, times: number): void {
    this.atMs += ms;
    for (let n = 0; n < times; n += 1) this.adds({ kind: 'expire' });
  }
}

/** Many points become free at once, and more wait for them than an entry makes offers; then nobody takes them. */
function manyWait(): readonly LedgerEntry[] {
  const crowd = new Crowd(70);
  const all = Array.from({ length: 35 }, (_, n) => at(`${n + 1}`));
  crowd.adds({ kind: 'reserve', stops: all, holdMs: 5 * MINUTE_MS });
  crowd.adds({ kind: 'reserve', stops: all.map((_, n) => at(`${n + 36}`)), holdMs: 5 * MINUTE_MS });
  for (let n = 1; n <= 70; n += 1) {
    crowd.adds({ kind: 'join-waitlist', stops: [at(`${n}`)], afterNoShow: 'keep' });
    if (n % 2 === 0)
      crowd.adds({ kind: 'join-waitlist', stops: [at(`${n}`), at(`${n - 1}`)], afterNoShow: 'keep' });
  }
  for (let n = 0; n < 40; n += 1) {
    const stops = [anywhere(), anywhere(), at(`${1 + n}`)];
    crowd.adds({ kind: 'join-waitlist', stops, afterNoShow: 'keep' });
  }
  crowd.passes(5 * MINUTE_MS, 4);
  // Somebody comes between the entries in which the waiting list is asked.
  crowd.adds({ kind: 'reserve', stops: [at('69')], holdMs: 0 });
  for (let n = 0; n < 3; n += 1) crowd.passes(10 * MINUTE_MS, 4);
  return crowd.entries;
}

/** More is booked at a point than an entry displaces. */
function manyBooked(): readonly LedgerEntry[] {
  const crowd = new Crowd(2);
  for (let n = 0; n < 300; n += 1) {
    const minutes = (from: number) => START_MS + HOUR_MS + (2 * n + from) * MINUTE_MS;
    const stops = [0, 1].map((from) => ({ ...at('1'), startMs: minutes(from), durationMs: MINUTE_MS }));
    crowd.adds({ kind: 'reserve', stops, holdMs: 0 }, { holder: `h${n % 15}` });
  }
  crowd.adds({ kind: 'delete-point', pointId: '1', displace: false });
  const untilMs = START_MS + 9 * HOUR_MS;
  crowd.adds({ kind: 'report-status', pointId: '1', status: 'occupied', untilMs });
  crowd.passes(1, 1);
  crowd.adds({ kind: 'report-status', pointId: '1', status: 'faulted', untilMs });
  crowd.passes(1, 1);
  crowd.adds({ kind: 'delete-point', pointId: '1', displace: true });
  crowd.passes(1, 2);
  crowd.passes(12 * HOUR_MS, 3);
  return crowd.entries;
}

/** More falls due at once than an entry deals with, in deadlines and in stops. */
function manyDue(): readonly LedgerEntry[] {
  const crowd = new Crowd(50);
  for (let n = 0; n < 1_010; n += 1) {
    const startMs = START_MS + HOUR_MS + Math.floor(n / 50) * MINUTE_MS;
    const stops = [{ ...at(`${1 + (n % 50)}`), startMs, durationMs: MINUTE_MS }];
    crowd.adds({ kind: 'reserve', stops, holdMs: 90_000 }, { holder: `h${n}` });
  }
  for (let n = 0; n < 15; n += 1) {
    const startMs = START_MS + 2 * HOUR_MS + n * MINUTE_MS;
    const stops = Array.from({ length: 50 }, (_, i) => ({
      ...at(`${i + 1}`),
      startMs,
      durationMs: MINUTE_MS,
    }));
    crowd.adds({ kind: 'reserve', stops, holdMs: 90_000 }, { holder: `m${n}` });
  }
  crowd.passes(2 * MINUTE_MS, 4);
  crowd.passes(3 * 24 * HOUR_MS, 2);
  crowd.adds({ kind: 'prune' });
  crowd.adds({ kind: 'prune' });
  return crowd.entries;
}

/** More tickets claim a point than it may have, more wait at it, and a holder wants, has and is told too much. */
function manyClaims(): readonly LedgerEntry[] {
  const crowd = new Crowd(30);
  const claim = Array.from({ length: 19 }, () => at('30'));
  for (let n = 0; n < 15; n += 1) {
    const stops = [at(`${n + 1}`), ...claim];
    crowd.adds({ kind: 'declare-trip', stops, holdMs: 0, afterNoShow: 'keep' });
  }
  for (let n = 0; n < 70; n += 1)
    crowd.adds({ kind: 'join-waitlist', stops: [at('30')], afterNoShow: 'keep' });
  for (let n = 0; n < 80; n += 1) {
    const startMs = START_MS + HOUR_MS + n * MINUTE_MS;
    crowd.adds(
      { kind: 'reserve', stops: [{ ...at('29'), startMs, durationMs: MINUTE_MS }], holdMs: 0 },
      told(n),
    );
    if (n % 30 === 29) crowd.adds({ kind: 'report-status', ...BROKEN });
    if (n % 30 === 29) crowd.adds({ kind: 'report-status', pointId: '29', status: 'available', untilMs: 0 });
  }
  for (let n = 0; n < 40; n += 1) {
    const startMs = START_MS + HOUR_MS + n * MINUTE_MS;
    const stops = [{ ...at('28'), startMs, durationMs: MINUTE_MS }];
    crowd.adds({ kind: 'reserve', stops, holdMs: n < 6 ? 30_000 : 0 }, { holder: 'm' });
    crowd.adds({ kind: 'join-waitlist', stops, afterNoShow: 'keep' }, { holder: 'm' });
  }
  crowd.passes(3 * MINUTE_MS, 5);
  return crowd.entries;
}

const BROKEN = { pointId: '29', status: 'faulted', untilMs: START_MS + 9 * HOUR_MS } as const;

function told(n: number): Partial<Command> {
  return n % 2 === 0 ? { holder: 'h', door: 'legacy-rest' } : { holder: 'h' };
}

function at(pointId: string) {
  return { pointId, company: '', startMs: TEN_MS, durationMs: HOUR_MS };
}

function anywhere(): WantedStop {
  const site = { place: 'Salvador', connector: 'CCS2', minPowerWatts: 1 };
  return { pointId: '', site, company: '', startMs: TEN_MS + 2 * HOUR_MS, durationMs: HOUR_MS };
}

function point(pointId: string): Operation {
  const where = { latitudeMicrodegrees: 0, longitudeMicrodegrees: 0 };
  return {
    kind: 'register-point',
    pointId,
    place: 'Salvador',
    ...where,
    connector: 'CCS2',
    powerWatts: 50_000,
  };
}

interface CrowdLog {
  readonly what: string;
  readonly entriesOf: () => readonly LedgerEntry[];
  /** Whether something is left for the entries after. */
  readonly isMoreThanAnEntryDoes: boolean;
  /** What must be refused in it: the operation, the reason. */
  readonly refusals: readonly string[];
}

export const CROWDS: readonly CrowdLog[] = [
  { what: 'wishes and offers', entriesOf: manyWait, isMoreThanAnEntryDoes: true, refusals: [] },
  {
    what: 'stops to displace',
    entriesOf: manyBooked,
    isMoreThanAnEntryDoes: true,
    refusals: ['delete-point HAS_BOOKINGS'],
  },
  { what: 'deadlines and stops', entriesOf: manyDue, isMoreThanAnEntryDoes: true, refusals: [] },
  {
    what: 'claims, wishes in a line, and all of one holder',
    entriesOf: manyClaims,
    isMoreThanAnEntryDoes: false,
    refusals: [
      'POINT_PRIORITY',
      'join-waitlist WAITLIST_FULL',
      'join-waitlist TOO_MANY_WAITS',
      'reserve TOO_MANY_BOOKINGS',
      'reserve TOO_MANY_HOLDS',
    ],
  },
];
