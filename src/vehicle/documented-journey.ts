/**
 * One trip by the documented routes: drives, reserves ahead, charges at its stops, and frees them.
 *
 * 1. A vehicle charges only while it holds the point, and frees the point when it leaves it.
 * 2. It reserves the stops that it can reach and leave within the window, one request for all of them; those further on follow
 *    on the way, so that points are not blocked needlessly.
 * 3. A vehicle that has to wait holds nothing, so that vehicles never wait for each other in a ring.
 */
import type { TripInfo } from './events.js';
import type { Holds } from './holds.js';
import type { Journey, JourneyEnd } from './journey.js';
import type { PlannedStop } from './pick-stops.js';
import { between } from './random.js';
import { Ride, type RideOptions } from './ride.js';
import type { Road } from './road.js';
import { chargeMsMax, reservableFromMetres, stopsWithinWindow } from './window.js';

export interface DocumentedJourneyOptions extends RideOptions {
  readonly holds: Holds;
  /** Ids of the points that the mesh offers for this trip, by the documented question. */
  readonly offered: (trip: TripInfo, signal: AbortSignal) => Promise<readonly string[]>;
  /** Ids of the road's points that the mesh shows as free. */
  readonly freePoints: (signal: AbortSignal) => Promise<ReadonlySet<string>>;
  /** Ends also the wait for the outcome of a write. */
  readonly giveUp: AbortSignal;
}

export class DocumentedJourney implements Journey {
  readonly ride: Ride;
  readonly #options: DocumentedJourneyOptions;
  #plan: readonly PlannedStop[] = [];

  /** `batteryWh`: energy in the battery at the beginning. */
  constructor(options: DocumentedJourneyOptions, trip: TripInfo, road: Road, batteryWh: number) {
    this.#options = options;
    this.ride = new Ride(options, trip, road, batteryWh);
  }

  isPossible(): boolean {
    return this.ride.pick(new Set()) !== null;
  }

  async prepare(): Promise<boolean> {
    const { halt, offered, freePoints, tell } = this.#options;
    const { trip, socPct } = this.ride;
    const named = await offered(trip, halt);
    tell({ kind: 'asked', trip, socPct, offered: named });
    const shown = await freePoints(halt);
    const plan = this.ride.pick(this.#notFree(new Set(named.filter((pointId) => shown.has(pointId)))));
    if (plan === null) return false;
    this.#adopt(plan);
    return true;
  }

  async travel(): Promise<JourneyEnd> {
    const { halt, holds } = this.#options;
    let departed = false;
    for (;;) {
      halt.throwIfAborted();
      const next = this.#plan[0];
      if (next !== undefined && next.point.metres === this.ride.metres) {
        await this.#chargeAt(next);
        continue;
      }
      let target = next?.point.metres ?? this.ride.destination.metres;
      if (next !== undefined && holds.remainingMs(next.point.id) === 0) {
        const near = reservableFromMetres(next, this.#options.rules);
        if (this.ride.metres >= near) {
          await this.#reserveAhead();
          // The plan may be another one now.
          if (this.#plan[0] !== next) continue;
        } else {
          target = near;
        }
      }
      if (!departed) {
        departed = true;
        this.#options.tell({ kind: 'departed', trip: this.ride.trip, socPct: this.ride.socPct });
      }
      if ((await this.ride.drive(target)) === 'empty') return 'stranded';
      if (this.#plan.length === 0 && this.ride.metres >= this.ride.destination.metres) return 'arrived';
    }
  }

  /**
   * Reserves the next stops that fit a window. Refused, it looks for others; without any it waits where it stands, or, on the
   * road, drives on to the next stop and sees there.
   */
  async #reserveAhead(): Promise<void> {
    const { holds, rules, giveUp } = this.#options;
    const standing = this.ride.isAtPoint;
    const refused = new Set<string>();
    for (;;) {
      const wanted = this.#plan.slice(0, stopsWithinWindow(this.#plan, this.ride.metres, rules));
      const pointIds = wanted.map((stop) => stop.point.id).filter((id) => holds.remainingMs(id) === 0);
      if (pointIds.length === 0) return;
      this.ride.setState('reserving');
      if (await holds.reserve(pointIds, giveUp)) return;
      for (const pointId of holds.lastRefusal()) refused.add(pointId);
      if (await this.#planAnew(refused)) continue;
      if (!standing) return;
      await this.#waitForPlan('no free points for the way ahead');
      refused.clear();
    }
  }

  /** Charges at a stop once it holds the point for long enough, or finds other stops from there. */
  async #chargeAt(stop: PlannedStop): Promise<void> {
    const { holds, rules, giveUp } = this.#options;
    const { point } = stop;
    const energyWh = stop.departWh - this.ride.energyWh;
    if (energyWh > 0) {
      const neededMs = Math.min(this.ride.chargeMs(energyWh, point), chargeMsMax(rules));
      if (holds.remainingMs(point.id) < neededMs + rules.graceMs) {
        // Late: what is left of the window is too short for the charge, so it is exchanged for a whole one.
        await holds.free(point.id, giveUp);
        await this.#reserveAhead();
        // The plan may be another one now.
        if (this.#plan[0] !== stop) return;
      }
      await this.ride.charge(point, energyWh, neededMs);
    }
    await holds.free(point.id, giveUp);
    this.#plan = this.#plan.slice(1);
    // A charge cut short by the window, or a drive that cost more than planned.
    if (!this.#reachesNext() && !(await this.#planAnew(new Set()))) {
      await this.#waitForPlan('the battery is too low to go on');
    }
  }

  /** Looks at what is free now and picks other stops from here. False: there is no plan without the avoided points. */
  async #planAnew(avoid: ReadonlySet<string>): Promise<boolean> {
    const free = await this.#options.freePoints(this.#options.halt);
    const plan = this.ride.pick(new Set([...this.#notFree(free), ...avoid]));
    if (plan === null) return false;
    await this.#freeAllBut(plan);
    this.#adopt(plan);
    return true;
  }

  /** Waits, holding nothing, until the points shown as free make a plan again. */
  async #waitForPlan(reason: string): Promise<void> {
    const { holds, tuning, clock, random, giveUp, halt, tell } = this.#options;
    do {
      await holds.freeAll(giveUp);
      this.ride.setState('waiting');
      tell({ kind: 'waiting', place: this.ride.place, reason });
      const scaledMs = between(random, ...tuning.retryMinutes) * 60_000;
      await clock.sleep(Math.max(scaledMs, tuning.retryRealMsMin * clock.speed), halt);
    } while (!(await this.#planAnew(new Set())));
  }

  /** A change of plan gives back what the new one does not need. */
  async #freeAllBut(plan: readonly PlannedStop[]): Promise<void> {
    const { holds, giveUp } = this.#options;
    for (const { pointId } of holds.current()) {
      if (!plan.some((stop) => stop.point.id === pointId)) await holds.free(pointId, giveUp);
    }
  }

  #adopt(plan: readonly PlannedStop[]): void {
    this.#plan = plan;
    this.#options.tell({
      kind: 'planned',
      trip: this.ride.trip,
      pointIds: plan.map((stop) => stop.point.id),
    });
  }

  /** Points of the road that others have: not shown as free and not held by this vehicle. */
  #notFree(free: ReadonlySet<string>): ReadonlySet<string> {
    const taken = this.ride.road.points.map((point) => point.id).filter((id) => !free.has(id));
    return new Set(taken.filter((id) => this.#options.holds.remainingMs(id) === 0));
  }

  #reachesNext(): boolean {
    return this.ride.reaches(this.#plan[0]?.point ?? this.ride.destination);
  }
}
