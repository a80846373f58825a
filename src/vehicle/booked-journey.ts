/**
 * One trip by malha's own requests: every stop has its window, and all of them are one reservation.
 *
 * 1. The whole trip is reserved before it begins; a vehicle begins and ends each charge by its word.
 * 2. Late, it puts off this stop and all later ones; where that cannot be had, and when a stop is lost, it plans anew from
 *    where it is and exchanges the stops in one request: the old ones stay until the new ones are had.
 * 3. A vehicle that finds no plan holds nothing while it waits, so that vehicles never wait for each other in a ring.
 */
import type { Booking, Refusal } from './booking.js';
import type { TripInfo } from './events.js';
import type { Journey, JourneyEnd } from './journey.js';
import type { PlannedStop } from './pick-stops.js';
import { between } from './random.js';
import type { SeenStop } from './replies.js';
import { Ride, type RideOptions } from './ride.js';
import type { Road } from './road.js';
import { EARLY_MS, LATE_MS, type ScheduleRules, scheduleStops, type WantedWindow } from './schedule.js';
import { chargeMsMax, driveMs } from './window.js';

export interface BookedJourneyOptions extends RideOptions {
  readonly rules: ScheduleRules;
  readonly booking: Booking;
  /** Ids of the points on the way that the mesh calls free now. */
  readonly offered: (trip: TripInfo, signal: AbortSignal) => Promise<readonly string[]>;
  /** Ends also the wait for the outcome of a write. */
  readonly giveUp: AbortSignal;
}

/** So much behind the vehicle's clock the ledger's time may be. */
const CLOCK_MARGIN_MS = 60_000;

/** Least and most that a stop is put off by, in milliseconds. */
const DELAY_MS_MIN = 60_000;
const DELAY_MS_MAX = 24 * 3_600_000;

/** The longest hold that the ledger knows. */
const HOLD_SECONDS_MAX = 24 * 3_600;

/** Refusals that mean: this reservation is not what it was. */
const LOST = ['ALREADY_ENDED', 'UNKNOWN_RESERVATION', 'WRONG_STOP_STATE', 'TOO_MANY_STOPS', 'NOT_CONFIRMED'];

export class BookedJourney implements Journey {
  readonly ride: Ride;
  readonly #options: BookedJourneyOptions;
  #plan: readonly PlannedStop[] = [];
  /** When it would be at its next stop at the pace that it had; 0 when it knows of none. */
  #expectedMs = 0;
  /** Ends a drive: something happened to the reservation. */
  #interruption = new AbortController();

  /** `batteryWh`: energy in the battery at the beginning. */
  constructor(options: BookedJourneyOptions, trip: TripInfo, road: Road, batteryWh: number) {
    this.#options = options;
    this.ride = new Ride(options, trip, road, batteryWh);
  }

  isPossible(): boolean {
    return this.ride.pick(new Set()) !== null;
  }

  /** Prefers what is free now; what is not may be free when the vehicle comes, and the ledger decides by windows. */
  async prepare(): Promise<boolean> {
    const { halt, offered, tell } = this.#options;
    const { trip, socPct, road } = this.ride;
    const named = await offered(trip, halt);
    tell({ kind: 'asked', trip, socPct, offered: named });
    const taken = road.points.map(({ id }) => id).filter((id) => !named.includes(id));
    return this.#adopt(this.ride.pick(new Set(taken)) ?? this.ride.pick(new Set()));
  }

  async travel(): Promise<JourneyEnd> {
    const { halt, tell } = this.#options;
    let departed = false;
    for (;;) {
      halt.throwIfAborted();
      this.#interruption = new AbortController();
      if (!this.#isSecured()) {
        await this.#secure();
        continue;
      }
      const next = this.#plan[0];
      if (next !== undefined && next.point.metres === this.ride.metres) {
        await this.#stopAt(next);
        continue;
      }
      if (!departed) {
        departed = true;
        tell({ kind: 'departed', trip: this.ride.trip, socPct: this.ride.socPct });
      }
      if (next !== undefined && !(await this.#isOnTime(next))) continue;
      const { destination } = this.ride;
      const target = next?.point.metres ?? destination.metres;
      const end = await this.ride.drive(target, this.#interruption.signal, (arriveMs) =>
        this.#expect(next, arriveMs),
      );
      if (end === 'empty') return 'stranded';
      if (this.#plan.length === 0 && this.ride.metres >= destination.metres) return 'arrived';
    }
  }

  /** Something happened to the reservation: the vehicle looks at its stops again. */
  interrupt(): void {
    this.#interruption.abort();
  }

  /** Whether every stop that is still to come is reserved, and confirmed. */
  #isSecured(): boolean {
    return this.#plan.length === 0 || (!this.#options.booking.isHeld && this.#isBooked());
  }

  #isBooked(): boolean {
    return this.#plan.every(({ point }) => this.#options.booking.stopAt(point.id) !== undefined);
  }

  /** Reserves what the plan needs, with other points where some cannot be had; without any it waits. */
  async #secure(): Promise<void> {
    const { booking, clock, rules, giveUp } = this.#options;
    this.ride.setState('reserving');
    if (booking.isHeld && this.#isBooked()) {
      await booking.act('confirmar', {}, giveUp);
      return;
    }
    const refused = new Set(booking.displaced().map(({ pointId }) => pointId));
    for (let slackMs = rules.slackMs; ; ) {
      if (refused.size > 0 && !this.#adopt(this.ride.pick(refused))) {
        await this.#wait('no free points for the way ahead');
        return;
      }
      const windows = scheduleStops(this.#plan, this.ride.metres, clock.nowMs(), { ...rules, slackMs });
      const refusal = await this.#book(windows);
      if (refusal === null) {
        if (booking.isHeld) await booking.act('confirmar', {}, giveUp);
        return;
      }
      if (refusal.code !== 'STOPS_UNAVAILABLE') return;
      for (const { pointId, reason } of refusal.conflicts) {
        // It took too long to ask: there is nothing wrong with the point.
        if (reason === 'WINDOW_PAST') slackMs += rules.slackMs;
        else refused.add(pointId);
      }
    }
  }

  /** One request for all windows; null when they are had. */
  async #book(windows: readonly WantedWindow[]): Promise<Refusal | null> {
    const { booking, random, tuning, clock, giveUp } = this.#options;
    if (windows.length === 0) {
      await booking.freeAll(giveUp);
      return null;
    }
    let refusal: Refusal | null;
    if (booking.exists) {
      const lost = this.#substitutable(windows);
      refusal =
        lost === undefined
          ? await booking.change(windows, giveUp)
          : await booking.substitute(lost.stop, lost.window, giveUp);
    } else {
      const seconds = Math.max(tuning.holdSeconds, tuning.holdRealSeconds * clock.speed);
      const asHold = between(random, 0, 1) < tuning.holdShare;
      refusal = await booking.reserve(
        windows,
        asHold ? Math.min(Math.ceil(seconds), HOLD_SECONDS_MAX) : 0,
        giveUp,
      );
    }
    if (refusal === null || refusal.code === 'STOPS_UNAVAILABLE') return refusal;
    if (!LOST.includes(refusal.code)) throw new Error(`${refusal.broker} refused a trip: ${refusal.words}`);
    await booking.freeAll(giveUp);
    return refusal;
  }

  /** The one stop that lost its point, when all others are as they are booked: it keeps its number under another point. */
  #substitutable(windows: readonly WantedWindow[]): { stop: SeenStop; window: WantedWindow } | undefined {
    const { booking } = this.#options;
    const missing = windows.filter(({ pointId }) => booking.stopAt(pointId) === undefined);
    const [stop, ...others] = booking.displaced();
    if (stop === undefined || others.length > 0 || missing.length !== 1) return undefined;
    return booking.current().length === windows.length - 1 ? { stop, window: missing[0]! } : undefined;
  }

  /** On the road: a stop that it would come to too late is put off while it can be. */
  #expect(next: PlannedStop | undefined, arriveMs: number): void {
    const stop = next === undefined ? undefined : this.#options.booking.stopAt(next.point.id);
    if (stop === undefined || arriveMs <= stop.startMs + LATE_MS / 2) return;
    this.#expectedMs = arriveMs;
    this.interrupt();
  }

  /** Whether it will be there in time; if not, its stops are put off, or are to be had anew. */
  async #isOnTime(next: PlannedStop): Promise<boolean> {
    const { booking, clock, rules } = this.#options;
    const stop = booking.stopAt(next.point.id)!;
    const byPlanMs = clock.nowMs() + driveMs(next.point.metres - this.ride.metres, rules.speedKmh);
    const arriveMs = Math.max(byPlanMs, this.#expectedMs);
    this.#expectedMs = 0;
    return arriveMs <= stop.startMs || this.#putOff(stop, arriveMs + rules.slackMs - stop.startMs);
  }

  /** Moves this stop and all later ones; where that cannot be had it is to be looked at anew, and the answer is false. */
  async #putOff(stop: SeenStop, byMs: number): Promise<boolean> {
    if (await this.#shift(stop, byMs)) return true;
    await this.#bookAnew();
    return false;
  }

  /** Whether this stop and all later ones could be moved; of one under way, its end. */
  async #shift(stop: SeenStop, byMs: number): Promise<boolean> {
    const { booking, giveUp, tell } = this.#options;
    const delayMs = Math.min(DELAY_MS_MAX, Math.max(DELAY_MS_MIN, Math.ceil(byMs / 1_000) * 1_000));
    const refusal = await booking.act('adiar', { parada: stop.number, atraso_s: delayMs / 1_000 }, giveUp);
    if (refusal === null) tell({ kind: 'put-off', pointId: stop.pointId, byMs: delayMs });
    return refusal === null;
  }

  /** The windows do not fit any more: other ones, of these points or of others, in one request. */
  async #bookAnew(): Promise<void> {
    const { booking, clock, rules, giveUp } = this.#options;
    if (!this.#adopt(this.ride.pick(new Set()))) return this.#wait('the battery is too low to go on');
    if (!booking.exists) return;
    const refusal = await this.#book(scheduleStops(this.#plan, this.ride.metres, clock.nowMs(), rules));
    // With the windows that it has nobody can do anything: it looks for others as if it had none.
    if (refusal?.code === 'STOPS_UNAVAILABLE') await booking.freeAll(giveUp);
  }

  /** Charges at a stop where it stands. */
  async #stopAt(planned: PlannedStop): Promise<void> {
    const { booking, clock, rules, giveUp, halt } = this.#options;
    const { point } = planned;
    const stop = booking.stopAt(point.id)!;
    const energyWh = planned.departWh - this.ride.energyWh;
    if (energyWh <= 0) {
      this.#plan = this.#plan.slice(1);
      await booking.act('cancelar', { paradas: [stop.number] }, giveUp, [stop.pointId]);
      return;
    }
    const earlyMs = stop.startMs - EARLY_MS - clock.nowMs();
    if (earlyMs > 0) {
      this.ride.setState('waiting');
      await clock.sleep(earlyMs + CLOCK_MARGIN_MS, halt);
    }
    if (!(await this.#begin(stop))) return;
    const neededMs = await this.#roomFor(
      stop,
      Math.min(this.ride.chargeMs(energyWh, point), chargeMsMax(rules)),
    );
    if (neededMs > 0) await this.ride.charge(point, energyWh, neededMs);
    const begun = booking.stopAt(point.id);
    if (begun !== undefined) await booking.finish(begun, giveUp);
    this.#plan = this.#plan.slice(1);
    // A charge cut short by the window, or a drive that cost more than planned.
    if (!this.ride.reaches(this.#plan[0]?.point ?? this.ride.destination)) await this.#bookAnew();
  }

  /** Says that it stands there, as soon as it may; false when the stop is lost, or moved. */
  async #begin(stop: SeenStop): Promise<boolean> {
    const { booking, clock, tuning, giveUp, halt } = this.#options;
    const refusal = await booking.act('inicio', { parada: stop.number }, giveUp);
    if (refusal === null) return true;
    if (refusal.code === 'TOO_EARLY' || refusal.code === 'POINT_BUSY') {
      this.ride.setState('waiting');
      const pauseMs = Math.max(tuning.busyMinutes * 60_000, tuning.retryRealMsMin * clock.speed);
      const untilStartMs = stop.startMs - clock.nowMs();
      await clock.sleep(untilStartMs > 0 ? Math.min(pauseMs, untilStartMs) : pauseMs, halt);
      const lateMs = clock.nowMs() - stop.startMs;
      if (lateMs > 0) await this.#putOff(stop, lateMs + pauseMs);
      return false;
    }
    if (!LOST.includes(refusal.code)) throw new Error(`${refusal.broker} refused a charge: ${refusal.words}`);
    await this.#loseTo(stop);
    return false;
  }

  /** It came too late: what is left is given back, and the rest of the way planned from here. */
  async #loseTo(stop: SeenStop): Promise<void> {
    const { booking, giveUp, tell } = this.#options;
    await booking.freeAll(giveUp);
    tell({ kind: 'ended', pointId: stop.pointId, node: '' });
    if (!this.#adopt(this.ride.pick(new Set()))) await this.#wait('the battery is too low to go on');
  }

  /** How long it may charge: as long as it needs, if need be in a longer window, else what is left of this one. */
  async #roomFor(stop: SeenStop, neededMs: number): Promise<number> {
    const { booking, clock, rules } = this.#options;
    const endMs = () => booking.stopAt(stop.pointId)?.endMs ?? stop.endMs;
    const missing = () => clock.nowMs() + neededMs + rules.graceMs - endMs();
    const missingMs = missing();
    if (missingMs > 0) await this.#shift(stop, missingMs + rules.marginMs);
    return Math.max(0, neededMs - Math.max(0, missing()));
  }

  /** Waits, holding nothing, until there is a plan from here. */
  async #wait(reason: string): Promise<void> {
    const { booking, tuning, clock, random, giveUp, halt, tell } = this.#options;
    do {
      await booking.freeAll(giveUp);
      this.ride.setState('waiting');
      tell({ kind: 'waiting', place: this.ride.place, reason });
      const scaledMs = between(random, ...tuning.retryMinutes) * 60_000;
      await clock.sleep(Math.max(scaledMs, tuning.retryRealMsMin * clock.speed), halt);
    } while (!this.#adopt(this.ride.pick(new Set())));
  }

  #adopt(plan: readonly PlannedStop[] | null): boolean {
    if (plan === null) return false;
    this.#plan = plan;
    const pointIds = plan.map((stop) => stop.point.id);
    this.#options.tell({ kind: 'planned', trip: this.ride.trip, pointIds });
    return true;
  }
}
