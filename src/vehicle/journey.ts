/**
 * One trip on the road: drives, reserves ahead, charges at its stops, and frees them.
 *
 * 1. A vehicle charges only while it holds the point, and frees the point when it leaves it.
 * 2. It reserves the stops that it can reach and leave within the window, one request for all of them; those further on follow
 *    on the way, so that points are not blocked needlessly.
 * 3. A vehicle that has to wait holds nothing, so that vehicles never wait for each other in a ring.
 */
import { capacityWh, chargeMs, energyAtWh, reachMetres, socPct, useWh } from './battery.js';
import type { VehicleClock } from './clock.js';
import type { TripInfo, VehicleNews } from './events.js';
import type { Holds } from './holds.js';
import type { VehicleModel } from './models.js';
import type { Telemetry } from './mqtt-link.js';
import { type PlannedStop, pickStops } from './pick-stops.js';
import { between, type Random } from './random.js';
import { destinationOf, positionAt, type Road, type RoadPoint } from './road.js';
import type { Tuning } from './tuning.js';
import { chargeMsMax, driveMs, reservableFromMetres, stopsWithinWindow, type WindowRules } from './window.js';

/** What a journey needs from its vehicle. */
export interface JourneyOptions {
  readonly model: VehicleModel;
  readonly tuning: Tuning;
  readonly rules: WindowRules;
  readonly chargeMinutes: number;
  readonly clock: VehicleClock;
  readonly random: Random;
  readonly holds: Holds;
  /** Ids of the road's points that the mesh shows as free. */
  readonly freePoints: (signal: AbortSignal) => Promise<ReadonlySet<string>>;
  readonly report: (telemetry: Telemetry) => void;
  readonly tell: (news: VehicleNews) => void;
  readonly setState: (state: JourneyState, place: string) => void;
  /** Ends waiting and driving. */
  readonly halt: AbortSignal;
  /** Ends also the wait for the outcome of a write. */
  readonly giveUp: AbortSignal;
}

export type JourneyState = 'reserving' | 'driving' | 'charging' | 'waiting';

export type JourneyEnd = 'arrived' | 'stranded';

export class Journey {
  readonly #options: JourneyOptions;
  readonly #road: Road;
  #batteryWh: number;
  #metres = 0;
  #plan: readonly PlannedStop[] = [];
  #charges = 0;
  #speedKmh = 0;

  /** `batteryWh`: energy in the battery at the beginning. */
  constructor(
    options: JourneyOptions,
    readonly trip: TripInfo,
    road: Road,
    batteryWh: number,
  ) {
    this.#options = options;
    this.#road = road;
    this.#batteryWh = batteryWh;
  }

  get energyWh(): number {
    return this.#batteryWh;
  }

  get chargeCount(): number {
    return this.#charges;
  }

  get drivenMetres(): number {
    return this.#metres;
  }

  /** The place it stands at, or the one behind it. */
  get place(): string {
    return this.#road.points.findLast((point) => point.metres <= this.#metres)!.place;
  }

  /** The place it stands at, or the one ahead of it: where a tow takes it. */
  get pointAhead(): RoadPoint {
    return this.#road.points.find((point) => point.metres >= this.#metres) ?? destinationOf(this.#road);
  }

  /** Whether the trip can be driven when every point is free. */
  isPossible(): boolean {
    return this.#pick(new Set()) !== null;
  }

  /** Picks the stops from what the mesh offers; false when that is not enough to get there. */
  makePlan(free: ReadonlySet<string>): boolean {
    const plan = this.#pick(this.#notFree(free));
    if (plan === null) return false;
    this.#adopt(plan);
    return true;
  }

  /** Drives the whole trip. Rejects when halted. */
  async travel(): Promise<JourneyEnd> {
    const { halt, holds } = this.#options;
    let departed = false;
    for (;;) {
      halt.throwIfAborted();
      const next = this.#plan[0];
      if (next !== undefined && next.point.metres === this.#metres) {
        await this.#chargeAt(next);
        continue;
      }
      let target = next?.point.metres ?? destinationOf(this.#road).metres;
      if (next !== undefined && holds.remainingMs(next.point.id) === 0) {
        const near = reservableFromMetres(next, this.#options.rules);
        if (this.#metres >= near) {
          await this.#reserveAhead();
          // The plan may be another one now.
          if (this.#plan[0] !== next) continue;
        } else {
          target = near;
        }
      }
      if (!departed) {
        departed = true;
        this.#options.tell({ kind: 'departed', trip: this.trip, socPct: this.#socPct() });
      }
      if ((await this.#drive(target)) === 'empty') return 'stranded';
      if (this.#plan.length === 0 && this.#metres >= destinationOf(this.#road).metres) return 'arrived';
    }
  }

  /**
   * Reserves the next stops that fit a window. Refused, it looks for others; without any it waits where it stands, or, on the
   * road, drives on to the next stop and sees there.
   */
  async #reserveAhead(): Promise<void> {
    const { holds, rules, giveUp } = this.#options;
    const standing = this.#isAtPoint();
    const refused = new Set<string>();
    for (;;) {
      const wanted = this.#plan.slice(0, stopsWithinWindow(this.#plan, this.#metres, rules));
      const pointIds = wanted.map((stop) => stop.point.id).filter((id) => holds.remainingMs(id) === 0);
      if (pointIds.length === 0) return;
      this.#setState('reserving');
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
    const energyWh = stop.departWh - this.#batteryWh;
    if (energyWh > 0) {
      const neededMs = Math.min(this.#chargeMs(energyWh, point), chargeMsMax(rules));
      if (holds.remainingMs(point.id) < neededMs + rules.graceMs) {
        // Late: what is left of the window is too short for the charge, so it is exchanged for a whole one.
        await holds.free(point.id, giveUp);
        await this.#reserveAhead();
        // The plan may be another one now.
        if (this.#plan[0] !== stop) return;
      }
      await this.#charge(point, energyWh, neededMs);
    }
    await holds.free(point.id, giveUp);
    this.#plan = this.#plan.slice(1);
    // A charge cut short by the window, or a drive that cost more than planned.
    if (!this.#reachesNext() && !(await this.#planAnew(new Set()))) {
      await this.#waitForPlan('the battery is too low to go on');
    }
  }

  async #charge(point: RoadPoint, energyWh: number, forMs: number): Promise<void> {
    const { clock, tuning, model, halt, tell } = this.#options;
    const wholeMs = this.#chargeMs(energyWh, point);
    const beforeWh = this.#batteryWh;
    this.#setState('charging');
    const toPct = socPct(beforeWh + energyWh, capacityWh(model));
    tell({ kind: 'charging', pointId: point.id, place: point.place, socPct: this.#socPct(), toPct });
    const beganMs = clock.nowMs();
    for (let doneMs = 0; doneMs < forMs; ) {
      await clock.sleep(Math.min(forMs - doneMs, tuning.telemetryRealMs * clock.speed), halt);
      doneMs = Math.min(forMs, clock.nowMs() - beganMs);
      this.#batteryWh = beforeWh + Math.floor((energyWh * doneMs) / wholeMs);
      this.#sendTelemetry();
    }
    this.#charges += 1;
    tell({ kind: 'charged', pointId: point.id, place: point.place, socPct: this.#socPct() });
    await clock.sleep(between(this.#options.random, 0, this.#options.rules.graceMs), halt);
  }

  /** Drives to a distance along the road, or until the battery is empty. */
  async #drive(toMetres: number): Promise<'there' | 'empty'> {
    const { clock, random, tuning, model, halt } = this.#options;
    const loadFactor = between(random, ...tuning.loadFactor);
    const speedKmh = between(random, ...tuning.speedKmh);
    const fromMetres = this.#metres;
    const beforeWh = this.#batteryWh;
    const reach = fromMetres + reachMetres(beforeWh, model.consumptionWhPerKm, loadFactor);
    const end = Math.min(toMetres, reach);
    const wholeMs = driveMs(end - fromMetres, speedKmh);
    const beganMs = clock.nowMs();
    this.#speedKmh = speedKmh;
    this.#setState('driving');
    for (let elapsedMs = 0; elapsedMs < wholeMs; ) {
      await clock.sleep(Math.min(wholeMs - elapsedMs, tuning.telemetryRealMs * clock.speed), halt);
      elapsedMs = clock.nowMs() - beganMs;
      this.#metres = Math.min(end, fromMetres + Math.floor((elapsedMs * speedKmh) / 3_600));
      this.#batteryWh = beforeWh - useWh(this.#metres - fromMetres, model.consumptionWhPerKm, loadFactor);
      this.#setState('driving');
      this.#sendTelemetry();
    }
    this.#metres = end;
    this.#batteryWh = beforeWh - useWh(end - fromMetres, model.consumptionWhPerKm, loadFactor);
    this.#speedKmh = 0;
    this.#sendTelemetry();
    return end < toMetres ? 'empty' : 'there';
  }

  /** Looks at what is free now and picks other stops from here. False: there is no plan without the avoided points. */
  async #planAnew(avoid: ReadonlySet<string>): Promise<boolean> {
    const free = await this.#options.freePoints(this.#options.halt);
    const plan = this.#pick(new Set([...this.#notFree(free), ...avoid]));
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
      this.#setState('waiting');
      tell({ kind: 'waiting', place: this.place, reason });
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
    this.#options.tell({ kind: 'planned', trip: this.trip, pointIds: plan.map((stop) => stop.point.id) });
  }

  /** The best plan from here; with the wished charge on arrival if that can be had, else with the reserve. */
  #pick(avoid: ReadonlySet<string>): readonly PlannedStop[] | null {
    const { model, tuning, rules } = this.#options;
    const fullWh = capacityWh(model);
    const reserveWh = energyAtWh(tuning.reserveSocPct, fullWh);
    const request = {
      road: this.#road,
      fromMetres: this.#metres,
      batteryWh: this.#batteryWh,
      capacityWh: fullWh,
      whPerKm: model.consumptionWhPerKm * tuning.planLoadFactor,
      reserveWh,
      connectors: model.connectors,
      avoid,
      chargeMs: (energyWh: number, point: RoadPoint) => this.#chargeMs(energyWh, point),
      chargeMsMax: chargeMsMax(rules),
    };
    const arrivalWh = Math.max(reserveWh, energyAtWh(tuning.arrivalSocPct, fullWh));
    return pickStops({ ...request, arrivalWh }) ?? pickStops({ ...request, arrivalWh: reserveWh });
  }

  /** Points of the road that others have: not shown as free and not held by this vehicle. */
  #notFree(free: ReadonlySet<string>): ReadonlySet<string> {
    const taken = this.#road.points.map((point) => point.id).filter((id) => !free.has(id));
    return new Set(taken.filter((id) => this.#options.holds.remainingMs(id) === 0));
  }

  /** Whether the battery reaches the next stop, or the end, by the reckoning of plans and with the reserve left. */
  #reachesNext(): boolean {
    const { model, tuning } = this.#options;
    const to = this.#plan[0]?.point ?? destinationOf(this.#road);
    const needWh = useWh(to.metres - this.#metres, model.consumptionWhPerKm * tuning.planLoadFactor, 1);
    return this.#batteryWh - needWh >= energyAtWh(tuning.reserveSocPct, capacityWh(model));
  }

  #chargeMs(energyWh: number, point: RoadPoint): number {
    return chargeMs(energyWh, this.#options.model, point, this.#options.chargeMinutes);
  }

  #isAtPoint(): boolean {
    return this.#road.points.some((point) => point.metres === this.#metres);
  }

  #socPct(): number {
    return socPct(this.#batteryWh, capacityWh(this.#options.model));
  }

  #setState(state: JourneyState): void {
    this.#options.setState(state, this.place);
  }

  #sendTelemetry(): void {
    this.#options.report({
      position: positionAt(this.#road, this.#metres),
      socPct: this.#socPct(),
      speedKmh: Math.round(this.#speedKmh),
      trip: this.trip.id,
    });
  }
}
