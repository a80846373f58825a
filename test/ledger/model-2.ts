/**
 * What holders do with their trips and what time does, a second time and as plainly as can be. Written from
 * docs/reservations.md; nothing is derived, nothing is fast.
 */
import type { Command, LedgerEntry, OperationOf } from '../../src/ledger/command.js';
import type { Answer, Conflict, Result } from '../../src/ledger/result.js';
import type { End, Notice, NoticeKind } from '../../src/ledger/state.js';
import { ModelNotices } from './model-2-notices.js';
import {
  firstEndMs,
  isOpen,
  isUnsettled,
  type ModelReservation,
  type ModelStop,
  placeAll,
  type Refusal,
  reasonsAgainst,
  refused,
  span,
  stopDueMs,
  unavailable,
  updated,
  type World,
  wouldBeMissed,
} from './model-2-placing.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export class Model2 {
  nowMs = 0;
  readonly reservations: ModelReservation[] = [];
  readonly #told = new ModelNotices();
  #index = 0;

  constructor(readonly world: World) {}

  get notices(): readonly Notice[] {
    return this.#told.all;
  }

  apply({ index, atMs, command }: LedgerEntry): Answer {
    this.nowMs = Math.max(this.nowMs, atMs);
    this.#index = index;
    return { index, atMs: this.nowMs, result: this.#decide(command) };
  }

  #decide(command: Command): Result {
    const { operation } = command;
    switch (operation.kind) {
      case 'reserve':
        return this.#reserve(operation, command);
      case 'release':
        return this.#release(operation, command);
      case 'expire':
        return this.#expire();
      case 'confirm':
      case 'extend-hold':
        return this.#hold(operation, command);
      case 'cancel':
        return this.#cancel(operation, command);
      case 'change':
        return this.#change(operation, command);
      case 'shift':
        return this.#shift(operation, command);
      case 'start-stop':
      case 'finish-stop':
        return this.#stand(operation, command);
      default:
        throw new Error(`the model does not know ${operation.kind}`);
    }
  }

  #reserve({ stops, holdMs, afterNoShow = 'keep' }: OperationOf<'reserve'>, command: Command): Result {
    const documented = command.door.startsWith('legacy');
    const counted = this.reservations.filter(
      (each) => each.end === null && each.holder === command.holder && !each.documented,
    );
    if (!documented && counted.length >= 32) return refused('TOO_MANY_BOOKINGS');
    const holds = counted.filter(({ state }) => state === 'HELD').length;
    if (!documented && holdMs > 0 && holds >= 4) return refused('TOO_MANY_HOLDS');
    const placed = placeAll(this.world, this.reservations, stops, this.#asking(command, []));
    if (placed.conflicts.length > 0) return unavailable(placed.conflicts);
    const id = `r${this.#index}`;
    const ends = placed.stops.map(({ endMs }) => endMs);
    this.reservations.push({
      id,
      holder: command.holder,
      state: holdMs > 0 ? 'HELD' : 'CONFIRMED',
      documented,
      stops: [...placed.stops],
      madeAtMs: this.nowMs,
      madeIndex: this.#index,
      holdUntilMs: holdMs > 0 ? Math.min(this.nowMs + holdMs, ...ends) : 0,
      end: null,
      changedIndex: this.#index,
      afterNoShow,
      holdWarned: false,
      waitId: '',
    });
    const windows = placed.stops.map(({ pointId, startMs, endMs }) => ({ pointId, startMs, endMs }));
    return { kind: 'reserved', reservationId: id, stops: windows };
  }

  #release({ pointIds, mode }: OperationOf<'release'>, command: Command): Result {
    const wanted = [...new Set(pointIds)];
    const presentAt = (pointId: string) => {
      for (const reservation of this.reservations) {
        if (!reservation.documented || reservation.holder !== command.holder) continue;
        for (const stop of reservation.stops) {
          const here = isOpen(stop) && stop.pointId === pointId;
          if (here && span(stop).from <= this.nowMs && this.nowMs < stop.endMs) return { reservation, stop };
        }
      }
      return undefined;
    };
    const held = wanted.filter((id) => presentAt(id) !== undefined);
    if (mode === 'all-or-none' && held.length < wanted.length) {
      const missing = wanted.filter((id) => !held.includes(id));
      const conflicts = missing.map(
        (pointId): Conflict => ({ stop: pointIds.indexOf(pointId), pointId, reason: 'NOT_HELD' }),
      );
      return { ...refused('NOTHING_RELEASED'), conflicts };
    }
    const touched = new Set<ModelReservation>();
    for (const id of held) {
      const { reservation, stop } = presentAt(id)!;
      stop.state = stop.state === 'ACTIVE' ? 'FULFILLED' : 'RELEASED';
      touched.add(reservation);
    }
    for (const reservation of touched) this.#changed(reservation, 'holder', 'released');
    return { kind: 'released', pointIds: held };
  }

  #hold(operation: OperationOf<'confirm'> | OperationOf<'extend-hold'>, command: Command): Result {
    const found = this.#find(operation, command, 'holder');
    if ('kind' in found) return found;
    if (found.state !== 'HELD') return refused('ALREADY_CONFIRMED');
    if (operation.kind === 'confirm') {
      if (wouldBeMissed(found, this.nowMs)) return refused('WRONG_STOP_STATE');
      Object.assign(found, { state: 'CONFIRMED', holdUntilMs: 0 });
    } else {
      const untilMs = this.nowMs + operation.holdMs;
      if (untilMs > found.madeAtMs + 24 * HOUR_MS) return refused('HOLD_TOO_LONG');
      found.holdUntilMs = Math.max(found.holdUntilMs, Math.min(untilMs, firstEndMs(found)));
    }
    return this.#changed(found, 'holder', '');
  }

  #cancel({ stops, as, reason, ...on }: OperationOf<'cancel'>, command: Command): Result {
    const found = this.#find(on, command, as);
    if ('kind' in found) return found;
    const can = (stop: ModelStop) => stop.state !== 'ACTIVE' && this.#isLive(found, stop);
    const named = stops.length > 0 ? stops.map((n) => found.stops[n]) : found.stops.filter(can);
    if (named.includes(undefined)) return refused('UNKNOWN_STOP');
    if (named.length === 0 || named.some((stop) => !can(stop!))) return refused('WRONG_STOP_STATE');
    for (const stop of new Set(named)) this.#giveBack(found, stop!, as, reason);
    const numbers = [...new Set(named)].map((stop) => found.stops.indexOf(stop!));
    const result = this.#changed(found, as, reason);
    if (as === 'operator' && found.end !== null) this.#tell(found, 'reservation-canceled', -1, reason);
    else if (as === 'operator') for (const n of numbers) this.#tell(found, 'stop-released', n, reason);
    return result;
  }

  #change({ stops, ...on }: OperationOf<'change'>, command: Command): Result {
    const found = this.#find(on, command, 'holder');
    if ('kind' in found) return found;
    const kept = stops.flatMap((each) => ('keep' in each ? [found.stops[each.keep]] : []));
    const fresh = stops.flatMap((each, position) => ('keep' in each ? [] : [{ each, position }]));
    for (const stop of kept) {
      if (stop === undefined) return refused('UNKNOWN_STOP');
      if (!this.#isLive(found, stop)) return refused('WRONG_STOP_STATE');
    }
    const rest = found.stops.filter((stop) => !kept.includes(stop));
    if (rest.some(({ state }) => state === 'ACTIVE')) return refused('WRONG_STOP_STATE');
    if (found.stops.length + fresh.length > 100) return refused('TOO_MANY_STOPS');
    const dropped = rest.filter((stop) => this.#isLive(found, stop));
    const placed = placeAll(
      this.world,
      this.reservations,
      fresh.map(({ each }) => each),
      this.#asking(command, dropped),
    );
    if (placed.conflicts.length > 0) {
      return unavailable(placed.conflicts.map((each) => ({ ...each, stop: fresh[each.stop]!.position })));
    }
    for (const stop of dropped) this.#giveBack(found, stop, 'holder', '');
    found.stops = [...found.stops, ...placed.stops];
    if (found.state === 'HELD') {
      const ends = found.stops.filter(isUnsettled).map(({ endMs }) => endMs);
      found.holdUntilMs = Math.min(found.holdUntilMs, ...ends);
    }
    return this.#changed(found, 'holder', '');
  }

  #shift({ stop: number, byMs, ...on }: OperationOf<'shift'>, command: Command): Result {
    const found = this.#find(on, command, 'holder');
    if ('kind' in found) return found;
    const named = found.stops[number];
    if (named === undefined) return refused('UNKNOWN_STOP');
    if (found.state === 'HELD') return refused('NOT_CONFIRMED');
    if (!isOpen(named) || !this.#isLive(found, named)) return refused('WRONG_STOP_STATE');
    const moving = found.stops.filter((stop) => {
      const isLater = stop.state === 'PLANNED' && stop.startMs >= named.startMs && this.#isLive(found, stop);
      return stop === named || isLater;
    });
    const moved = moving.map((stop) => {
      const startMs = stop.state === 'ACTIVE' ? stop.startMs : stop.startMs + byMs;
      return { ...stop, startMs, endMs: stop.endMs + byMs, overstaying: false };
    });
    const asking = { ...this.#asking(command, moving), isShift: true };
    const conflicts = moved.flatMap((stop, i) => {
      const [reason] = reasonsAgainst(this.world, this.reservations, stop, moved, '', asking);
      if (reason === undefined) return [];
      return [{ stop: found.stops.indexOf(moving[i]!), pointId: stop.pointId, reason }];
    });
    if (conflicts.length > 0) return unavailable(conflicts);
    found.stops = found.stops.map((stop) => moved[moving.indexOf(stop)] ?? stop);
    if (named.overstaying) this.#vacate(named.pointId);
    return this.#changed(found, 'holder', '');
  }

  #stand(operation: OperationOf<'start-stop'> | OperationOf<'finish-stop'>, command: Command): Result {
    const { as, stop: number } = operation;
    const found = this.#find(operation, command, as);
    if ('kind' in found) return found;
    const stop = found.stops[number];
    if (stop === undefined) return refused('UNKNOWN_STOP');
    if (operation.kind === 'finish-stop') {
      if (stop.state !== 'ACTIVE') return refused('WRONG_STOP_STATE');
      stop.state = 'FULFILLED';
      if (stop.overstaying) this.#vacate(stop.pointId);
      stop.overstaying = false;
      return this.#changed(found, as, 'finished');
    }
    if (found.state === 'HELD') return refused('NOT_CONFIRMED');
    if (stop.state !== 'PLANNED' || !this.#isLive(found, stop)) return refused('WRONG_STOP_STATE');
    if (this.nowMs < stop.startMs - stop.terms!.earlyMs) return refused('TOO_EARLY');
    const before = this.#openAt(stop.pointId).some((other) => {
      const { from, to } = span(other);
      return other !== stop && from < stop.startMs && this.nowMs < to;
    });
    if (before || this.#obstacle(stop.pointId) !== '') return refused('POINT_BUSY');
    stop.state = 'ACTIVE';
    stop.startedAtMs = this.nowMs;
    stop.owedCentavos = stop.terms!.reservationFeeCentavos;
    return this.#changed(found, as, '');
  }

  /** What is due, in the order of (deadline, key), until nothing is. */
  #expire(): Result {
    for (let ended = 0; ; ended += 1) {
      const due = [
        ...this.notices.map((notice) => ({
          key: `n:n${notice.index}.${notice.number}`,
          dueMs: notice.diesAtMs,
          act: () => this.#told.forget(notice),
        })),
        ...this.world.points
          .filter(({ checkAtMs }) => checkAtMs > 0)
          .map(({ id, checkAtMs }) => ({ key: `p:${id}`, dueMs: checkAtMs, act: () => this.#occupy(id) })),
        ...this.reservations.flatMap((each) => this.#deadlines(each)),
      ].sort((a, b) => a.dueMs - b.dueMs || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
      if (due.length === 0 || due[0]!.dueMs > this.nowMs) return { kind: 'expired', ended };
      due[0]!.act();
    }
  }

  #deadlines(reservation: ModelReservation): { key: string; dueMs: number; act: () => void }[] {
    const { id, state, stops, holdUntilMs, madeAtMs, end } = reservation;
    const key = `v:${id}`;
    if (end !== null) return [];
    if (state === 'HELD') {
      const warns = holdUntilMs - madeAtMs >= 2 * MINUTE_MS && !reservation.holdWarned;
      const dueMs = warns ? holdUntilMs - MINUTE_MS : holdUntilMs;
      return [{ key, dueMs, act: () => this.#holdDue(reservation) }];
    }
    const unsettled = stops.filter(isUnsettled);
    if (reservation.documented) {
      const dueMs = Math.max(...unsettled.map(({ endMs }) => endMs));
      return [{ key, dueMs, act: () => this.#windowsDue(reservation) }];
    }
    return unsettled.map((stop) => {
      const dueMs = stopDueMs(stop);
      return { key, dueMs, act: () => this.#stopDue(reservation, stop) };
    });
  }

  #holdDue(reservation: ModelReservation): void {
    if (this.nowMs < reservation.holdUntilMs) {
      reservation.holdWarned = true;
      this.#changed(reservation, 'time', '');
      this.#tell(reservation, 'hold-expires-soon', -1, '');
      return;
    }
    for (const stop of reservation.stops) if (isOpen(stop)) stop.state = 'EXPIRED';
    for (const stop of reservation.stops) if (isUnsettled(stop)) stop.endedAtMs = this.nowMs;
    this.#changed(reservation, 'time', 'hold-expired');
    this.#tell(reservation, 'hold-expired', -1, '');
  }

  #windowsDue(reservation: ModelReservation): void {
    for (const stop of reservation.stops) {
      if (isOpen(stop)) stop.state = stop.state === 'ACTIVE' ? 'FULFILLED' : 'EXPIRED';
    }
    this.#changed(reservation, 'time', 'window-ended');
  }

  #stopDue(reservation: ModelReservation, stop: ModelStop): void {
    const number = reservation.stops.indexOf(stop);
    if (stop.state === 'ACTIVE') {
      const isOver = this.nowMs >= stop.endMs + 12 * HOUR_MS;
      stop.overstaying = !isOver;
      if (isOver) stop.state = 'FULFILLED';
      this.#changed(reservation, 'time', isOver ? 'overstayed' : '');
      if (!isOver) this.#occupy(stop.pointId);
      return;
    }
    if (stop.state === 'DISPLACED') {
      this.#changed(reservation, 'time', 'no-substitute');
      return;
    }
    const obstacle = this.#obstacle(stop.pointId);
    if (obstacle !== '') {
      stop.state = 'DISPLACED';
      stop.reason = obstacle;
      this.#changed(reservation, 'time', obstacle);
      this.#tell(reservation, 'stop-displaced', number, obstacle);
      return;
    }
    stop.state = 'NO_SHOW';
    stop.owedCentavos = stop.terms!.noShowFeeCentavos;
    const isFreed = (each: ModelStop) => each.state === 'PLANNED' && each.startMs > stop.startMs;
    const freed = reservation.afterNoShow === 'free' ? reservation.stops.filter(isFreed) : [];
    for (const each of freed) {
      each.state = 'RELEASED';
      each.reason = 'no-show';
    }
    this.#changed(reservation, 'time', 'no-show');
    this.#tell(reservation, 'stop-no-show', number, '');
    for (const each of freed) {
      this.#tell(reservation, 'stop-released', reservation.stops.indexOf(each), 'no-show');
    }
  }

  /** For a quarter of an hour more, and who begins in what is new of it is told. */
  #occupy(pointId: string): void {
    const point = this.world.points.find(({ id }) => id === pointId)!;
    const untilMs = this.nowMs + 15 * MINUTE_MS;
    if (!['available', 'occupied'].includes(point.status)) return;
    const sinceMs = point.status === 'available' ? 0 : point.statusUntilMs;
    if (sinceMs >= untilMs) return;
    Object.assign(point, { status: 'occupied', statusUntilMs: untilMs, checkAtMs: untilMs });
    const met = this.reservations
      .filter(({ state, holdUntilMs }) => state !== 'HELD' || holdUntilMs > this.nowMs)
      .flatMap((each) => each.stops.map((stop) => ({ each, stop })))
      .filter(({ each, stop }) => stop.state === 'PLANNED' && this.#isLive(each, stop))
      .filter(({ stop }) => stop.pointId === pointId && stop.endMs > this.nowMs)
      .filter(({ stop }) => sinceMs <= stop.startMs && stop.startMs < untilMs)
      .sort((a, b) => a.stop.startMs - b.stop.startMs);
    for (const { each, stop } of met) this.#tell(each, 'point-occupied', each.stops.indexOf(stop), '');
  }

  /** The vehicle left that overstayed there. */
  #vacate(pointId: string): void {
    const point = this.world.points.find(({ id }) => id === pointId)!;
    if (point.status !== 'occupied') return;
    Object.assign(point, { status: 'available', statusUntilMs: 0, checkAtMs: 0 });
  }

  /** Says when stops ended and, if none is left, how the reservation did. */
  #changed(reservation: ModelReservation, who: End['who'], reason: string): Result {
    reservation.changedIndex = this.#index;
    for (const stop of reservation.stops) {
      const isOver = stop.state === 'DISPLACED' ? stop.endMs <= this.nowMs : !isOpen(stop);
      if (isOver && stop.endedAtMs === 0) stop.endedAtMs = this.nowMs;
    }
    if (!reservation.stops.some(isUnsettled)) {
      const isCanceled = who === 'holder' || who === 'operator';
      const fulfilled = reservation.stops.some(({ state }) => state === 'FULFILLED');
      reservation.state = fulfilled ? 'FULFILLED' : isCanceled ? 'CANCELED' : 'EXPIRED';
      reservation.end = { who, reason, atMs: this.nowMs };
    }
    return updated(reservation);
  }

  #giveBack(reservation: ModelReservation, stop: ModelStop, as: string, reason: string): void {
    const { terms } = stop;
    const isLate = this.nowMs > stop.startMs - terms!.cancelBeforeMs;
    const owes = as === 'holder' && reservation.state === 'CONFIRMED' && stop.state === 'PLANNED' && isLate;
    stop.owedCentavos = owes ? terms!.lateCancelFeeCentavos : 0;
    stop.state = 'RELEASED';
    stop.reason = reason;
  }

  /** The reservation that a command may act on, or why it may not. */
  #find(
    on: { readonly reservationId: string; readonly ifIndex: number; readonly stop?: number },
    command: Command,
    as: 'holder' | 'operator' | 'company',
  ): ModelReservation | Refusal {
    const found = this.reservations.find(({ id }) => id === on.reservationId);
    if (found === undefined) return refused('UNKNOWN_RESERVATION');
    if (as === 'holder' && found.holder !== command.holder) return refused('UNKNOWN_RESERVATION');
    if (as === 'company') {
      const owners = found.stops.map(({ terms }) => terms!.company);
      const owner = owners[on.stop!] ?? (owners.includes(command.originCompany) ? command.originCompany : '');
      if (owner !== command.originCompany) return refused('UNKNOWN_RESERVATION');
    }
    const isOver = found.state === 'HELD' && found.holdUntilMs <= this.nowMs;
    const live = found.stops.some((stop) => this.#isLive(found, stop));
    if (found.end !== null || isOver || !live) return refused('ALREADY_ENDED');
    return on.ifIndex > 0 && found.changedIndex > on.ifIndex ? refused('CHANGED_SINCE') : found;
  }

  /** Whether the stop has not settled and time has not come for it. */
  #isLive(reservation: ModelReservation, stop: ModelStop): boolean {
    if (stop.state === 'ACTIVE') return true;
    if (!isUnsettled(stop)) return false;
    const hasGrace = stop.state === 'PLANNED' && reservation.state !== 'HELD' && !reservation.documented;
    return this.nowMs < (hasGrace ? stopDueMs(stop) : stop.endMs);
  }

  #openAt(pointId: string): readonly ModelStop[] {
    return this.reservations
      .flatMap(({ stops }) => stops)
      .filter((stop) => isOpen(stop) && stop.pointId === pointId);
  }

  #obstacle(pointId: string): string {
    const { status } = this.world.points.find(({ id }) => id === pointId)!;
    if (status !== 'available') return status;
    return this.#openAt(pointId).some(({ state }) => state === 'ACTIVE') ? 'occupied' : '';
  }

  #tell({ id, holder }: ModelReservation, notice: NoticeKind, stop: number, reason: string): void {
    this.#told.tell({ holder, notice, reservationId: id, stop, waitId: '', reason }, this.#index, this.nowMs);
  }

  #asking(command: Command, without: readonly ModelStop[]) {
    const documented = command.door.startsWith('legacy');
    return { holder: command.holder, documented, nowMs: this.nowMs, isShift: false, without };
  }
}
