/**
 * The ledger's input: one wish, whole. What it is, whose it is, and until when it may take effect.
 * All times are ledger time in milliseconds since 1970, all quantities integers. docs/reservations.md has the table of
 * all operations: who may give them, when they are refused, what they change.
 */
import type { PointStatus, PolicyTerms, WeeklySpan, Window } from './terms.js';

/** Through which door a command came. */
export type Door = 'legacy-rest' | 'rest' | 'legacy-mqtt' | 'mqtt' | 'grpc' | 'node';

/** Whether a client chose the request key (kept 24 h) or a node made it (kept a minute beyond `notAfterMs`). */
export type KeyKind = 'client' | 'node';

/** Any point of a connector with at least so much power at a place; which one, `apply` decides. */
export interface Site {
  /** Compared like places are: blanks around it and the case of A to Z do not count. */
  readonly place: string;
  readonly connector: string;
  readonly minPowerWatts: number;
}

interface WantedWindow {
  /** The company that the caller believes owns the point (id or display id); '' for any. */
  readonly company: string;
  /** Start of the window, or 'now': the entry's ledger time. */
  readonly startMs: number | 'now';
  readonly durationMs: number;
}

export interface WantedPoint extends WantedWindow {
  readonly pointId: string;
  readonly site?: never;
}

/** Version 2. */
export interface WantedSite extends WantedWindow {
  readonly pointId: '';
  readonly site: Site;
}

export type WantedStop = WantedPoint | WantedSite;

/** What becomes of a trip's later stops when the vehicle does not show up at one. */
export type AfterNoShow = 'keep' | 'free';

/** A stop of a changed trip: one that it has, by its number, or a new one. */
export type ChangedStop = { readonly keep: number } | WantedStop;

/** What every operation on a reservation says. */
interface OnReservation {
  readonly reservationId: string;
  /** Refused when the reservation changed after this index; 0: whatever it is now. */
  readonly ifIndex: number;
}

/** One stop of a reservation, by its number from 0, which it keeps for life. */
interface OnStop extends OnReservation {
  readonly stop: number;
}

/** What version 1 knows. */
type FirstOperation =
  | { readonly kind: 'register-company'; readonly name: string; readonly displayId: string }
  | {
      readonly kind: 'register-point';
      readonly pointId: string;
      readonly place: string;
      readonly latitudeMicrodegrees: number;
      readonly longitudeMicrodegrees: number;
      readonly connector: string;
      readonly powerWatts: number;
    }
  | {
      readonly kind: 'register-route';
      readonly routeId: string;
      readonly name: string;
      readonly pointIds: readonly string[];
      /** Metres from each point to the next: one fewer than points. */
      readonly legMetres: readonly number[];
    }
  /** `holdMs` 0: confirmed at once. `afterNoShow`: version 2; absent means keep. */
  | {
      readonly kind: 'reserve';
      readonly stops: readonly WantedStop[];
      readonly holdMs: number;
      readonly afterNoShow?: AfterNoShow;
    }
  /** The documented cancel: per point, the stop whose window contains ledger time, made by a documented door. */
  | { readonly kind: 'release'; readonly pointIds: readonly string[]; readonly mode: 'all-or-none' | 'any' }
  | { readonly kind: 'expire' }
  | { readonly kind: 'raise-version'; readonly ledgerVersion: number };

/** Of a company, about what is its own: its node is the envelope's origin. Version 2. */
type CompanyOperation =
  | { readonly kind: 'set-policy'; readonly policy: PolicyTerms }
  | {
      readonly kind: 'set-schedule';
      readonly pointId: string;
      /** Local time is UTC plus this; no daylight saving, which the company tells by a new schedule. */
      readonly utcOffsetMinutes: number;
      /** Empty: always open. */
      readonly weekly: readonly WeeklySpan[];
      readonly maintenance: readonly Window[];
      /** Whether stops that would stand in a closed time are displaced; else such a schedule is refused. */
      readonly displace: boolean;
    }
  | {
      readonly kind: 'report-status';
      readonly pointId: string;
      readonly status: PointStatus;
      /** Until when it is expected to last; 0 with `available`. */
      readonly untilMs: number;
    }
  | { readonly kind: 'delete-point'; readonly pointId: string; readonly displace: boolean }
  | { readonly kind: 'delete-route'; readonly routeId: string }
  /** The origin company leaves; it has no point and no route any more. */
  | { readonly kind: 'remove-company' }
  | ({ readonly kind: 'displace-stop'; readonly reason: string } & OnStop);

/** Of a holder, about a reservation of its own. Version 2. */
type HolderOperation =
  | ({ readonly kind: 'confirm' } & OnReservation)
  /** The hold ends so long after the entry. */
  | ({ readonly kind: 'extend-hold'; readonly holdMs: number } & OnReservation)
  /** `stops`: by number; empty for all that are open. */
  | ({
      readonly kind: 'cancel';
      readonly stops: readonly number[];
      readonly as: 'holder' | 'operator';
      readonly reason: string;
    } & OnReservation)
  /** What is neither kept nor new is released, once the new stops are had. */
  | ({ readonly kind: 'change'; readonly stops: readonly ChangedStop[] } & OnReservation)
  /** This stop and all later ones move by `byMs`. */
  | ({ readonly kind: 'shift'; readonly byMs: number } & OnStop)
  /** The first of `candidates` that can be had takes the stop's place. */
  | ({ readonly kind: 'substitute'; readonly candidates: readonly WantedStop[] } & OnStop)
  | ({ readonly kind: 'start-stop'; readonly as: 'holder' | 'company' } & OnStop)
  | ({ readonly kind: 'finish-stop'; readonly as: 'holder' | 'company' } & OnStop);

/** Of a holder, beyond one reservation. Version 2. */
type WishOperation =
  /** Reserves the first stop and protects the others for a while: its entry's index is the ticket (rule 9). */
  | {
      readonly kind: 'declare-trip';
      readonly stops: readonly WantedPoint[];
      readonly holdMs: number;
      readonly afterNoShow: AfterNoShow;
    }
  /** Waits until all of `stops` are free at once, for an offer (rule 11). No start is 'now'. */
  | {
      readonly kind: 'join-waitlist';
      readonly stops: readonly WantedStop[];
      readonly afterNoShow: AfterNoShow;
    }
  | { readonly kind: 'leave-waitlist'; readonly waitId: string }
  | { readonly kind: 'acknowledge'; readonly noticeIds: readonly string[] };

/** Ended reservations leave memory, a bounded number: proposed by the leader, like `expire`. Version 2. */
type Housekeeping = { readonly kind: 'prune' };

export type Operation = FirstOperation | CompanyOperation | HolderOperation | WishOperation | Housekeeping;

/** The operation of one kind. */
export type OperationOf<K extends Operation['kind']> = Extract<Operation, { kind: K }>;

export interface Command {
  /** The ledger version that the command needs: at least `versionOf` its operation. */
  readonly ledgerVersion: number;
  /** '' only for the ledger's own operations (`expire`, `prune`, `raise-version`). */
  readonly requestKey: string;
  readonly keyKind: KeyKind;
  /** An opaque pseudonym; never personal data. */
  readonly holder: string;
  readonly door: Door;
  /** The company whose node took the request. */
  readonly originCompany: string;
  /** 32 lower-case hex digits (W3C trace context). */
  readonly traceId: string;
  /** Ledger time after which neither leader nor `apply` lets it take effect. */
  readonly notAfterMs: number;
  readonly operation: Operation;
}

/** A committed command with the ledger time that the leader stamped. */
export interface LedgerEntry {
  readonly index: number;
  readonly atMs: number;
  readonly command: Command;
}
