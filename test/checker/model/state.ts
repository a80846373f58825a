/**
 * What the model remembers, in plain maps. The indexes of open reservations only keep long runs
 * affordable. Nothing follows from a change here: what does, `happens.ts` says.
 */
import type {
  Company,
  Freed,
  Notice,
  Point,
  Policy,
  Reservation,
  Route,
  Schedule,
  Stop,
  Ticket,
  Wait,
} from '../../../src/ledger/state.js';
import type { PolicyTerms } from '../../../src/ledger/terms.js';
import { KeptAnswers } from './kept-answers.js';
import { HORIZON_MAX_MS, STATUS_STEP_MS, STOP_MAX_MS } from './limits.js';
import { type Written, writtenPoint, writtenReservation } from './rows.js';
import { heldWindow, isOpenStop } from './stops.js';

/** An open stop, with where it stands. */
export interface OpenStop {
  readonly reservation: Reservation;
  readonly number: number;
  readonly stop: Stop;
}

/** Of a company that has said nothing. */
const DEFAULT_POLICY: PolicyTerms = {
  minNoticeMs: 0,
  horizonMs: HORIZON_MAX_MS,
  durationMaxMs: STOP_MAX_MS,
  earlyMs: STATUS_STEP_MS,
  lateMs: STATUS_STEP_MS,
  bufferMs: 0,
  cancelBeforeMs: 0,
  reservationFeeCentavos: 0,
  lateCancelFeeCentavos: 0,
  noShowFeeCentavos: 0,
};

export class LedgerState {
  /** Ledger time of the last entry. */
  nowMs = 0;
  /** Of the last entry. */
  index = 0;
  /** Notices that the last entry has opened. */
  noticesMade = 0;
  ledgerVersion = 1;
  readonly companies = new Map<string, Company>();
  readonly points = new Map<string, Point>();
  readonly routes = new Map<string, Route>();
  readonly policies = new Map<string, Policy>();
  readonly schedules = new Map<string, Schedule>();
  /** By holder. */
  readonly tickets = new Map<string, Ticket>();
  readonly waits = new Map<string, Wait>();
  /** By point. */
  readonly freed = new Map<string, Freed>();
  /** By id. */
  readonly notices = new Map<string, Notice>();
  readonly keys = new KeptAnswers();
  /** All that were made and not pruned, by id. */
  readonly reservations = new Map<string, Reservation>();
  readonly #open = new Map<string, Reservation>();
  readonly #openByPoint = new Map<string, Set<string>>();
  readonly #openByHolder = new Map<string, Set<string>>();

  /** Makes a reservation or changes one. */
  put(reservation: Reservation): void {
    const { id, holder, stops } = reservation;
    const before = this.reservations.get(id);
    if (before !== undefined) {
      drop(this.#openByHolder, before.holder, id);
      for (const { pointId } of before.stops) drop(this.#openByPoint, pointId, id);
    }
    this.reservations.set(id, reservation);
    if (reservation.end !== null) {
      this.#open.delete(id);
      return;
    }
    this.#open.set(id, reservation);
    add(this.#openByHolder, holder, id);
    for (const { pointId, state } of stops) if (isOpenStop(state)) add(this.#openByPoint, pointId, id);
  }

  /** The stops that hold a window of the point, in the order in which they begin. */
  openAt(pointId: string): readonly OpenStop[] {
    return this.#named(this.#openByPoint.get(pointId))
      .flatMap((reservation) =>
        reservation.stops.flatMap((stop, number) =>
          stop.pointId === pointId && isOpenStop(stop.state) ? [{ reservation, number, stop }] : [],
        ),
      )
      .sort((a, b) => heldWindow(a.stop).startMs - heldWindow(b.stop).startMs);
  }

  openOf(holder: string): readonly Reservation[] {
    return this.#named(this.#openByHolder.get(holder));
  }

  /** All that have not ended. */
  open(): Iterable<Reservation> {
    return this.#open.values();
  }

  policyOf(company: string): PolicyTerms {
    return this.policies.get(company) ?? DEFAULT_POLICY;
  }

  /** Who waits and has no offer, the oldest turn first. */
  waiting(): readonly Wait[] {
    return [...this.waits.values()].filter(({ offer }) => offer === '').sort(byTurn);
  }

  /** A state of its own that equals this one. */
  clone(): LedgerState {
    const copy = new LedgerState();
    copy.nowMs = this.nowMs;
    copy.index = this.index;
    copy.noticesMade = this.noticesMade;
    copy.ledgerVersion = this.ledgerVersion;
    for (const name of TABLES) {
      for (const [id, value] of this[name]) (copy[name] as Map<string, unknown>).set(id, value);
    }
    for (const reservation of this.reservations.values()) copy.put(reservation);
    copy.keys.copyFrom(this.keys);
    return copy;
  }

  /** Every row but those of request keys and the head of the audit trail, by key, as it is written. */
  rows(): ReadonlyMap<string, Written> {
    const rows = new Map<string, Written>();
    for (const [prefix, { table, write }] of Object.entries(this.#written)) {
      for (const [id, value] of table) rows.set(`${prefix}:${id}`, write(value));
    }
    return rows;
  }

  /** One of them. */
  row(key: string): Written | undefined {
    const { table, write } = this.#written[key[0]!]!;
    const value = table.get(key.slice(2));
    return value === undefined ? undefined : write(value);
  }

  /** By the letter that begins the keys of its rows. */
  readonly #written: Readonly<Record<string, WrittenTable>> = {
    c: written(this.companies),
    f: written(this.freed),
    h: written(this.schedules),
    n: written(this.notices),
    p: written(this.points, writtenPoint),
    r: written(this.routes),
    t: written(this.tickets),
    v: written(this.reservations, writtenReservation),
    w: written(this.waits, writtenWait),
    y: written(this.policies),
  };

  #named(ids: ReadonlySet<string> | undefined): readonly Reservation[] {
    return [...(ids ?? [])].map((id) => this.reservations.get(id)!);
  }
}

interface WrittenTable {
  readonly table: ReadonlyMap<string, unknown>;
  readonly write: (value: unknown) => Written;
}

function written<T extends object>(
  table: ReadonlyMap<string, T>,
  write: (value: T) => Written = (value) => ({ v: 1, ...value }),
): WrittenTable {
  return { table, write: write as WrittenTable['write'] };
}

const TABLES = [
  'companies',
  'points',
  'routes',
  'policies',
  'schedules',
  'tickets',
  'waits',
  'freed',
  'notices',
] as const;

/** The order of turns; wishes that missed an offer at one entry keep the order in which they came. */
export function byTurn(a: Wait, b: Wait): number {
  return a.turn - b.turn || Number(a.id.slice(1)) - Number(b.id.slice(1));
}

/** A stop at a site names no point. */
function writtenWait(wait: Wait): Written {
  const stops = wait.stops.map(({ pointId, site, ...window }) =>
    site ? { site, ...window } : { pointId, ...window },
  );
  return { v: 1, ...wait, stops };
}

function add(index: Map<string, Set<string>>, name: string, id: string): void {
  const ids = index.get(name);
  if (ids === undefined) index.set(name, new Set([id]));
  else ids.add(id);
}

function drop(index: Map<string, Set<string>>, name: string, id: string): void {
  const ids = index.get(name);
  if (ids?.delete(id) && ids.size === 0) index.delete(name);
}
