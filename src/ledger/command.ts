/**
 * The ledger's input: one wish, whole. What it is, whose it is, and until when it may take effect.
 * All times are ledger time in milliseconds since 1970, all quantities integers.
 */

/** Through which door a command came. */
export type Door = 'legacy-rest' | 'rest' | 'legacy-mqtt' | 'mqtt' | 'grpc' | 'node';

/** Whether a client chose the request key (kept 24 h) or a node made it (kept a minute beyond `notAfterMs`). */
export type KeyKind = 'client' | 'node';

export interface WantedStop {
  readonly pointId: string;
  /** The company that the caller believes owns the point (id or display id); '' for any. */
  readonly company: string;
  /** Start of the window, or 'now': the entry's ledger time. */
  readonly startMs: number | 'now';
  readonly durationMs: number;
}

export type Operation =
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
  /** `holdMs` 0: confirmed at once. */
  | { readonly kind: 'reserve'; readonly stops: readonly WantedStop[]; readonly holdMs: number }
  /** The documented cancel: per point, the stop whose window contains ledger time, made by a documented door. */
  | { readonly kind: 'release'; readonly pointIds: readonly string[]; readonly mode: 'all-or-none' | 'any' }
  | { readonly kind: 'expire' }
  | { readonly kind: 'raise-version'; readonly ledgerVersion: number };

export interface Command {
  /** The ledger version that the command needs. */
  readonly ledgerVersion: number;
  /** '' only for the ledger's own operations (`expire`, `raise-version`). */
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
