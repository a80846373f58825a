/**
 * A vehicle on its road: where it is, what is in its battery, driving and charging. What it may do at which point is decided
 * by the journey that it is on.
 */
import { capacityWh, chargeMs, energyAtWh, reachMetres, socPct, useWh } from './battery.js';
import type { VehicleClock } from './clock.js';
import type { TripInfo, VehicleNews } from './events.js';
import type { VehicleModel } from './models.js';
import type { Telemetry } from './mqtt-link.js';
import { type PlannedStop, pickStops } from './pick-stops.js';
import { between, type Random } from './random.js';
import { destinationOf, positionAt, type Road, type RoadPoint } from './road.js';
import type { Tuning } from './tuning.js';
import { chargeMsMax, driveMs, type WindowRules } from './window.js';

export type JourneyState = 'reserving' | 'driving' | 'charging' | 'waiting';

/** What a ride needs from its vehicle. */
export interface RideOptions {
  readonly model: VehicleModel;
  readonly tuning: Tuning;
  readonly rules: WindowRules;
  readonly chargeMinutes: number;
  readonly clock: VehicleClock;
  readonly random: Random;
  readonly report: (telemetry: Telemetry) => void;
  readonly tell: (news: VehicleNews) => void;
  readonly setState: (state: JourneyState, place: string) => void;
  /** Ends waiting and driving. */
  readonly halt: AbortSignal;
}

export class Ride {
  readonly #options: RideOptions;
  #batteryWh: number;
  #metres = 0;
  #charges = 0;
  #speedKmh = 0;

  /** `batteryWh`: energy in the battery at the beginning. */
  constructor(
    options: RideOptions,
    readonly trip: TripInfo,
    readonly road: Road,
    batteryWh: number,
  ) {
    this.#options = options;
    this.#batteryWh = batteryWh;
  }

  get energyWh(): number {
    return this.#batteryWh;
  }

  get chargeCount(): number {
    return this.#charges;
  }

  get metres(): number {
    return this.#metres;
  }

  get destination(): RoadPoint {
    return destinationOf(this.road);
  }

  /** The place it stands at, or the one behind it. */
  get place(): string {
    return this.road.points.findLast((point) => point.metres <= this.#metres)!.place;
  }

  /** The place it stands at, or the one ahead of it: where a tow takes it. */
  get pointAhead(): RoadPoint {
    return this.road.points.find((point) => point.metres >= this.#metres) ?? this.destination;
  }

  get isAtPoint(): boolean {
    return this.road.points.some((point) => point.metres === this.#metres);
  }

  get socPct(): number {
    return socPct(this.#batteryWh, capacityWh(this.#options.model));
  }

  /**
   * The best stops from here, without the avoided points; with the wished charge on arrival if that can be had, else with the
   * reserve. Null when there is no way to get there.
   */
  pick(avoid: ReadonlySet<string>): readonly PlannedStop[] | null {
    const { model, tuning, rules } = this.#options;
    const fullWh = capacityWh(model);
    const reserveWh = energyAtWh(tuning.reserveSocPct, fullWh);
    const request = {
      road: this.road,
      fromMetres: this.#metres,
      batteryWh: this.#batteryWh,
      capacityWh: fullWh,
      whPerKm: model.consumptionWhPerKm * tuning.planLoadFactor,
      reserveWh,
      connectors: model.connectors,
      avoid,
      chargeMs: (energyWh: number, point: RoadPoint) => this.chargeMs(energyWh, point),
      chargeMsMax: chargeMsMax(rules),
    };
    const arrivalWh = Math.max(reserveWh, energyAtWh(tuning.arrivalSocPct, fullWh));
    return pickStops({ ...request, arrivalWh }) ?? pickStops({ ...request, arrivalWh: reserveWh });
  }

  /** Whether the battery reaches a point ahead, by the reckoning of plans and with the reserve left. */
  reaches(to: RoadPoint): boolean {
    const { model, tuning } = this.#options;
    const needWh = useWh(to.metres - this.#metres, model.consumptionWhPerKm * tuning.planLoadFactor, 1);
    return this.#batteryWh - needWh >= energyAtWh(tuning.reserveSocPct, capacityWh(model));
  }

  /** How long so much takes at a point. */
  chargeMs(energyWh: number, point: RoadPoint): number {
    return chargeMs(energyWh, this.#options.model, point, this.#options.chargeMinutes);
  }

  /** Charges for so long, towards `energyWh` more than now, and leaves the post within the grace time. */
  async charge(point: RoadPoint, energyWh: number, forMs: number): Promise<void> {
    const { clock, tuning, model, halt, tell, random, rules } = this.#options;
    const wholeMs = this.chargeMs(energyWh, point);
    const beforeWh = this.#batteryWh;
    this.setState('charging');
    const toPct = socPct(beforeWh + energyWh, capacityWh(model));
    tell({ kind: 'charging', pointId: point.id, place: point.place, socPct: this.socPct, toPct });
    const beganMs = clock.nowMs();
    for (let doneMs = 0; doneMs < forMs; ) {
      await clock.sleep(Math.min(forMs - doneMs, tuning.telemetryRealMs * clock.speed), halt);
      doneMs = Math.min(forMs, clock.nowMs() - beganMs);
      this.#batteryWh = beforeWh + Math.floor((energyWh * doneMs) / wholeMs);
      this.#sendTelemetry();
    }
    this.#charges += 1;
    tell({ kind: 'charged', pointId: point.id, place: point.place, socPct: this.socPct });
    await clock.sleep(between(random, 0, rules.graceMs), halt);
  }

  /**
   * Drives to a distance along the road, until the battery is empty, or until `stop` aborts. `expect` is told when it will be
   * there, at the pace of the moment.
   */
  async drive(
    toMetres: number,
    stop?: AbortSignal,
    expect?: (arriveMs: number) => void,
  ): Promise<'there' | 'empty' | 'stopped'> {
    const { clock, random, tuning, model, halt } = this.#options;
    const loadFactor = between(random, ...tuning.loadFactor);
    const speedKmh = between(random, ...tuning.speedKmh);
    const fromMetres = this.#metres;
    const beforeWh = this.#batteryWh;
    const reach = fromMetres + reachMetres(beforeWh, model.consumptionWhPerKm, loadFactor);
    const end = Math.min(toMetres, reach);
    const wholeMs = driveMs(end - fromMetres, speedKmh);
    const beganMs = clock.nowMs();
    const over = stop === undefined ? halt : AbortSignal.any([halt, stop]);
    const arriveAt = (metres: number): void => {
      this.#metres = metres;
      this.#batteryWh = beforeWh - useWh(metres - fromMetres, model.consumptionWhPerKm, loadFactor);
    };
    const expectAt = (): void => expect?.(clock.nowMs() + driveMs(toMetres - this.#metres, speedKmh));
    this.#speedKmh = speedKmh;
    this.setState('driving');
    expectAt();
    for (let elapsedMs = 0; elapsedMs < wholeMs && stop?.aborted !== true; ) {
      const stepMs = Math.min(wholeMs - elapsedMs, tuning.telemetryRealMs * clock.speed);
      await clock.sleep(stepMs, over).catch(() => halt.throwIfAborted());
      elapsedMs = clock.nowMs() - beganMs;
      arriveAt(Math.min(end, fromMetres + Math.floor((elapsedMs * speedKmh) / 3_600)));
      this.setState('driving');
      this.#sendTelemetry();
      expectAt();
    }
    const isStopped = stop?.aborted === true && this.#metres < end;
    if (!isStopped) arriveAt(end);
    this.#speedKmh = 0;
    this.#sendTelemetry();
    if (isStopped) return 'stopped';
    return end < toMetres ? 'empty' : 'there';
  }

  setState(state: JourneyState): void {
    this.#options.setState(state, this.place);
  }

  #sendTelemetry(): void {
    this.#options.report({
      position: positionAt(this.road, this.#metres),
      socPct: this.socPct,
      speedKmh: Math.round(this.#speedKmh),
      trip: this.trip.id,
    });
  }
}
