/**
 * The rules of the ledger a second time, as plainly as can be: lists that are searched from end to end, nothing
 * derived, nothing removed. Written from the rules, not from the code, to be compared with it.
 */
import type { Command, LedgerEntry, Operation } from '../../src/ledger/command.js';
import type { Answer, Conflict, ConflictReason, RefusalReason, Result } from '../../src/ledger/result.js';

interface ModelStop {
  pointId: string;
  startMs: number;
  endMs: number;
  state: 'open' | 'released' | 'expired';
}

interface ModelReservation {
  id: string;
  holder: string;
  documented: boolean;
  holdUntilMs: number;
  stops: ModelStop[];
  ended: boolean;
}

interface ModelKey {
  holder: string;
  requestKey: string;
  client: boolean;
  operation: string;
  diesAtMs: number;
  answer: Answer;
}

type OperationOf<K extends Operation['kind']> = Extract<Operation, { kind: K }>;

const DAY_MS = 86_400_000;

export class Model {
  nowMs = 0;
  readonly companies: { id: string; displayId: string }[] = [];
  readonly points: { id: string; company: string }[] = [];
  readonly routes: { id: string; company: string }[] = [];
  readonly reservations: ModelReservation[] = [];
  readonly keys: ModelKey[] = [];

  apply({ index, atMs, command }: LedgerEntry): { answer: Answer; repeated: boolean } {
    this.nowMs = Math.max(this.nowMs, atMs);
    const answer = (result: Result): Answer => ({ index, atMs: this.nowMs, result });
    const early = (reason: RefusalReason) => ({ answer: answer(refused(reason)), repeated: false });
    const operation = JSON.stringify(command.operation);
    const kind = command.operation.kind;
    if (command.ledgerVersion > 1 && kind !== 'raise-version') return early('VERSION_NOT_RAISED');
    if (kind === 'expire' && (command.door !== 'node' || command.requestKey !== '')) return early('INVALID');
    if (kind !== 'expire' && kind !== 'raise-version' && command.requestKey === '') return early('INVALID');
    if (command.requestKey !== '') {
      const alive = this.keys.filter((key) => key.diesAtMs > this.nowMs);
      const known = alive.find((k) => k.holder === command.holder && k.requestKey === command.requestKey);
      if (known !== undefined) {
        return known.operation === operation ? { answer: known.answer, repeated: true } : early('KEY_REUSED');
      }
      if (this.nowMs > command.notAfterMs) return early('TOO_LATE');
      const ofHolder = alive.filter((key) => key.client && key.holder === command.holder);
      if (command.keyKind === 'client' && ofHolder.length >= 1_000) return early('TOO_MANY_KEYS');
    }
    if (this.nowMs > command.notAfterMs) return early('TOO_LATE');
    const given = answer(this.decide(command, index));
    if (command.requestKey !== '') {
      const client = command.keyKind === 'client';
      const { holder, requestKey, notAfterMs } = command;
      const diesAtMs = client ? Math.max(this.nowMs + DAY_MS, notAfterMs + 1) : notAfterMs + 60_000;
      this.keys.push({ holder, requestKey, client, operation, diesAtMs, answer: given });
    }
    return { answer: given, repeated: false };
  }

  /** Open windows of the point that overlap `[startMs, endMs)`. */
  taken(pointId: string, startMs: number, endMs: number): readonly ModelReservation[] {
    return this.reservations.filter((reservation) =>
      reservation.stops.some(
        (stop) =>
          stop.state === 'open' && stop.pointId === pointId && stop.startMs < endMs && startMs < stop.endMs,
      ),
    );
  }

  private decide(command: Command, index: number): Result {
    const { operation, originCompany } = command;
    switch (operation.kind) {
      case 'register-company': {
        const company = this.companies.find(({ id }) => id === originCompany);
        if (company !== undefined) company.displayId = operation.displayId;
        else this.companies.push({ id: originCompany, displayId: operation.displayId });
        return { kind: 'registered' };
      }
      case 'register-point': {
        if (!this.companies.some(({ id }) => id === originCompany)) return refused('UNKNOWN_COMPANY');
        const point = this.points.find(({ id }) => id === operation.pointId);
        if (point !== undefined && point.company !== originCompany) return refused('NOT_OWNER');
        if (point === undefined) this.points.push({ id: operation.pointId, company: originCompany });
        return { kind: 'registered' };
      }
      case 'register-route': {
        const first = this.points.find(({ id }) => id === operation.pointIds[0]);
        if (operation.legMetres.length !== operation.pointIds.length - 1) return refused('INVALID');
        if (first === undefined) return refused('INVALID');
        const route = this.routes.find(({ id }) => id === operation.routeId);
        if (first.company !== originCompany) return refused('NOT_OWNER');
        if (route !== undefined && route.company !== originCompany) return refused('NOT_OWNER');
        if (route === undefined) this.routes.push({ id: operation.routeId, company: originCompany });
        return { kind: 'registered' };
      }
      case 'reserve':
        return this.reserve(operation, command, index);
      case 'release':
        return this.release(operation, command);
      case 'expire':
        return this.expire();
      case 'raise-version':
        return operation.ledgerVersion === 1
          ? { kind: 'version-raised', ledgerVersion: 1 }
          : refused('INVALID');
      default:
        throw new Error(`the model knows version 1, not ${operation.kind}`);
    }
  }

  private reserve({ stops, holdMs }: OperationOf<'reserve'>, command: Command, index: number): Result {
    const windows = stops.map(({ pointId, startMs, durationMs }) => {
      const from = startMs === 'now' ? this.nowMs : startMs;
      return { pointId, startMs: from, endMs: from + durationMs };
    });
    const conflicts: Conflict[] = [];
    stops.forEach((stop, i) => {
      const window = windows[i]!;
      const point = this.points.find(({ id }) => id === stop.pointId);
      const owner = this.companies.find(({ id }) => id === point?.company);
      const reasons: ConflictReason[] = [];
      if (point === undefined) reasons.push('UNKNOWN_POINT');
      if (stop.company !== '' && stop.company !== owner?.id && stop.company !== owner?.displayId) {
        reasons.push('WRONG_COMPANY');
      }
      if (window.startMs < this.nowMs || window.endMs <= this.nowMs) reasons.push('WINDOW_PAST');
      for (let j = 0; j < windows.length; j += 1) {
        const other = windows[j]!;
        if (j !== i && other.pointId === window.pointId) {
          if (other.startMs < window.endMs && window.startMs < other.endMs) reasons.push('STOP_REPEATED');
        }
      }
      if (this.taken(stop.pointId, window.startMs, window.endMs).length > 0) reasons.push('POINT_TAKEN');
      if (reasons.length > 0) conflicts.push({ stop: i, pointId: stop.pointId, reason: reasons[0]! });
    });
    if (conflicts.length > 0) return { ...refused('STOPS_UNAVAILABLE'), conflicts };
    this.reservations.push({
      id: `r${index}`,
      holder: command.holder,
      documented: command.door.startsWith('legacy-'),
      holdUntilMs: holdMs === 0 ? 0 : this.nowMs + holdMs,
      stops: windows.map((window) => ({ ...window, state: 'open' })),
      ended: false,
    });
    return { kind: 'reserved', reservationId: `r${index}`, stops: windows };
  }

  private release({ pointIds, mode }: OperationOf<'release'>, command: Command): Result {
    const wanted = pointIds.filter((id, i) => pointIds.indexOf(id) === i);
    const stopOf = (pointId: string): ModelStop | undefined => {
      for (const reservation of this.reservations) {
        if (reservation.ended || !reservation.documented || reservation.holder !== command.holder) continue;
        for (const stop of reservation.stops) {
          const present = stop.startMs <= this.nowMs && this.nowMs < stop.endMs;
          if (stop.pointId === pointId && stop.state === 'open' && present) return stop;
        }
      }
      return undefined;
    };
    const held = wanted.filter((id) => stopOf(id) !== undefined);
    if (mode === 'all-or-none' && held.length < wanted.length) {
      const conflicts = wanted
        .filter((id) => !held.includes(id))
        .map((pointId): Conflict => ({ stop: pointIds.indexOf(pointId), pointId, reason: 'NOT_HELD' }));
      return { ...refused('NOTHING_RELEASED'), conflicts };
    }
    for (const id of held) stopOf(id)!.state = 'released';
    for (const reservation of this.reservations) {
      if (reservation.stops.every((stop) => stop.state !== 'open')) reservation.ended = true;
    }
    return { kind: 'released', pointIds: held };
  }

  private expire(): Result {
    let ended = 0;
    for (const reservation of this.reservations) {
      if (reservation.ended) continue;
      const ends = reservation.stops.filter(({ state }) => state === 'open').map(({ endMs }) => endMs);
      const dueMs = reservation.holdUntilMs > 0 ? reservation.holdUntilMs : Math.max(...ends);
      if (dueMs > this.nowMs) continue;
      for (const stop of reservation.stops) if (stop.state === 'open') stop.state = 'expired';
      reservation.ended = true;
      ended += 1;
    }
    return { kind: 'expired', ended };
  }
}

function refused(reason: RefusalReason): Extract<Result, { kind: 'refused' }> {
  return { kind: 'refused', reason, conflicts: [], detail: '' };
}
