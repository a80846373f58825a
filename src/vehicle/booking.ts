/**
 * The reservation that a vehicle has by malha's own requests, as far as it knows. The ledger decides; this is the vehicle's
 * picture of it, from the replies to its requests and from notices, of which the one of the higher index counts.
 *
 * Every change is one request under an id of its own, sent until it is decided: a trip is had whole, or as it was.
 */
import type { VehicleNews } from './events.js';
import type { Hold, Holdings } from './journey.js';
import type { MqttLink, Outcome } from './mqtt-link.js';
import type { SeenReservation, SeenStop } from './replies.js';
import type { WantedWindow } from './schedule.js';

/** What the mesh said to a request that it did not grant. */
export type Refusal = Extract<Outcome, { kind: 'refused' }>;

export interface BookingOptions {
  readonly link: Pick<MqttLink, 'request'>;
  /** A request id that this vehicle never used. */
  readonly makeKey: () => string;
  readonly tell: (news: VehicleNews) => void;
}

/** One that is under way, or whose outcome nobody knows; `pointIds` are those that it may take or free. */
interface Request {
  readonly id: string;
  readonly type: string;
  readonly fields: object;
  readonly pointIds: readonly string[];
}

/** What can be done to the whole reservation, or to one of its stops. */
type Act = 'confirmar' | 'cancelar' | 'inicio' | 'adiar';

const OPEN_RESERVATION = ['pre_reservada', 'confirmada'];
const OPEN_STOP = ['planejada', 'em_uso'];

/** Nothing is left to act on: it ended by itself, or there never was one. */
const OVER = ['ALREADY_ENDED', 'UNKNOWN_RESERVATION', 'WRONG_STOP_STATE'];

export class Booking implements Holdings {
  readonly #options: BookingOptions;
  #seen: SeenReservation | null = null;
  #index = 0;
  #unsettled: Request | null = null;
  #refusal: readonly string[] = [];

  constructor(options: BookingOptions) {
    this.#options = options;
  }

  get isHeld(): boolean {
    return this.#seen?.state === 'pre_reservada';
  }

  get exists(): boolean {
    return this.#seen !== null;
  }

  /** The stop that is planned, or under way, at a point. */
  stopAt(pointId: string): SeenStop | undefined {
    return this.#open().find((stop) => stop.pointId === pointId);
  }

  /** Stops that lost their point, and could be given another. */
  displaced(): readonly SeenStop[] {
    return this.#seen?.stops.filter(({ state }) => state === 'deslocada') ?? [];
  }

  current(): readonly Hold[] {
    return this.#open().map(({ pointId, endMs }) => ({ pointId, untilMs: endMs }));
  }

  unsure(): readonly string[] {
    return this.#unsettled?.pointIds ?? [];
  }

  lastRefusal(): readonly string[] {
    return this.#refusal;
  }

  /** What a notice shows of the reservation. */
  learn(seen: SeenReservation): void {
    if (seen.id === this.#seen?.id) this.#keep(seen, seen.index ?? 0);
  }

  /** Reserves the stops, all or none; with `holdSeconds` as a hold, to be confirmed. Null: done. */
  async reserve(
    windows: readonly WantedWindow[],
    holdSeconds: number,
    signal: AbortSignal,
  ): Promise<Refusal | null> {
    const hold = holdSeconds > 0 ? { prazo_s: holdSeconds } : {};
    // Said, though it is the default: a mesh that does not know it yet would book what cannot be begun there.
    const fields = { paradas: windows.map(stopOf), apos_falta: 'manter', ...hold };
    const outcome = await this.#ask('reservar', fields, pointsOf(windows), signal);
    if (outcome.kind === 'refused') return outcome;
    this.#tellOf('reserved', outcome.broker);
    return null;
  }

  /** Gives the reservation these stops instead of those that have not begun. Null: done. */
  async change(windows: readonly WantedWindow[], signal: AbortSignal): Promise<Refusal | null> {
    const kept = this.#open()
      .filter(({ state }) => state === 'em_uso')
      .map(({ number }) => ({ manter: number }));
    const fields = { paradas: [...kept, ...windows.map(stopOf)] };
    const outcome = await this.#act('replanejar', fields, pointsOf(windows), signal);
    if (outcome.kind === 'refused') return outcome;
    this.#tellOf('rebooked', outcome.broker);
    return null;
  }

  /** Gives one stop another point. Null: done. */
  async substitute(stop: SeenStop, window: WantedWindow, signal: AbortSignal): Promise<Refusal | null> {
    const fields = { parada: stop.number, candidatos: [stopOf(window)] };
    const outcome = await this.#act('substituir', fields, pointsOf([window]), signal);
    if (outcome.kind === 'refused') return outcome;
    this.#tellOf('rebooked', outcome.broker);
    return null;
  }

  /** Confirms, begins, gives back or puts off; `pointIds` are those that it may free. Null: done. */
  async act(
    act: Act,
    fields: object,
    signal: AbortSignal,
    pointIds: readonly string[] = [],
  ): Promise<Refusal | null> {
    const outcome = await this.#act(act, fields, pointIds, signal);
    return outcome.kind === 'refused' ? outcome : null;
  }

  /** Leaves a stop that is under way. */
  async finish(stop: SeenStop, signal: AbortSignal): Promise<void> {
    const outcome = await this.#act('fim', { parada: stop.number }, [stop.pointId], signal);
    const { pointId } = stop;
    if (outcome.kind === 'done') this.#options.tell({ kind: 'freed', pointId, node: outcome.broker });
    else if (OVER.includes(outcome.code))
      this.#options.tell({ kind: 'ended', pointId, node: outcome.broker });
    else throw new Error(`${outcome.broker} rejected the end of a charge: ${outcome.words}`);
  }

  async freeAll(signal: AbortSignal): Promise<void> {
    // What was asked for and never answered may be done, or will be: only its own id tells.
    if (this.#unsettled !== null) await this.#send(this.#unsettled, signal);
    for (const stop of this.#open()) if (stop.state === 'em_uso') await this.finish(stop, signal);
    if (this.#seen === null) return;
    const open = this.#open().map(({ pointId }) => pointId);
    const outcome = await this.#act('cancelar', {}, open, signal);
    if (outcome.kind === 'refused' && !OVER.includes(outcome.code)) {
      throw new Error(`${outcome.broker} rejected a cancellation: ${outcome.words}`);
    }
    this.#forget();
    for (const pointId of open) this.#options.tell({ kind: 'freed', pointId, node: outcome.broker });
  }

  /** Nothing is left of it. */
  #forget(): void {
    this.#seen = null;
    this.#index = 0;
  }

  #open(): readonly SeenStop[] {
    return this.#seen?.stops.filter(({ state }) => OPEN_STOP.includes(state)) ?? [];
  }

  /** A request about the reservation. */
  #act(type: string, fields: object, pointIds: readonly string[], signal: AbortSignal): Promise<Outcome> {
    if (this.#seen === null) throw new Error(`bug: ${type} without a reservation`);
    return this.#ask(type, { reserva_id: this.#seen.id, ...fields }, pointIds, signal);
  }

  #ask(type: string, fields: object, pointIds: readonly string[], signal: AbortSignal): Promise<Outcome> {
    return this.#send({ id: this.#options.makeKey(), type, fields, pointIds }, signal);
  }

  async #send(request: Request, signal: AbortSignal): Promise<Outcome> {
    const { link, tell } = this.#options;
    this.#unsettled = request;
    const outcome = await link.request(request.id, request.type, request.fields, signal);
    this.#unsettled = null;
    if (outcome.kind === 'done') {
      if (outcome.reservation !== undefined) this.#keep(outcome.reservation, outcome.index);
      return outcome;
    }
    if (outcome.code === 'ALREADY_ENDED' || outcome.code === 'UNKNOWN_RESERVATION') this.#forget();
    const named = outcome.conflicts.map(({ pointId }) => pointId);
    if (named.length > 0) {
      this.#refusal = named;
      tell({ kind: 'refused', pointIds: named, node: outcome.broker });
    }
    return outcome;
  }

  #keep(seen: SeenReservation, index: number): void {
    if (seen.id === this.#seen?.id && index < this.#index) return;
    if (OPEN_RESERVATION.includes(seen.state)) {
      this.#seen = seen;
      this.#index = index;
    } else if (seen.id === this.#seen?.id || this.#seen === null) {
      this.#forget();
    }
  }

  #tellOf(kind: 'reserved' | 'rebooked', node: string): void {
    const open = this.#open();
    const untilMs = Math.max(0, ...open.map(({ endMs }) => endMs));
    this.#options.tell({ kind, pointIds: open.map(({ pointId }) => pointId), untilMs, node });
  }
}

function stopOf({ pointId, startMs, endMs }: WantedWindow): object {
  return {
    ponto_id: pointId,
    inicio: new Date(startMs).toISOString(),
    fim: new Date(endMs).toISOString(),
  };
}

function pointsOf(windows: readonly WantedWindow[]): readonly string[] {
  return windows.map(({ pointId }) => pointId);
}
