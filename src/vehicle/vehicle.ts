/**
 * A simulated vehicle: one trip after the other, each by the example flow. It asks over MQTT which points are offered, looks at
 * the routes, picks its stops by battery and kilometres, and travels; nothing that the network does ends it.
 */
import { capacityWh, energyAtWh, socPct } from './battery.js';
import { roadsToChooseFrom, type TripWish } from './choose-trip.js';
import type { VehicleClock } from './clock.js';
import type { TripInfo, VehicleEvent, VehicleNews } from './events.js';
import { createHolds, type Hold, type Holds } from './holds.js';
import { Journey, type JourneyOptions, type JourneyState } from './journey.js';
import type { VehicleModel } from './models.js';
import { type MqttLink, openMqttLink } from './mqtt-link.js';
import { between, fork, type Random } from './random.js';
import { type RestClient, restClient } from './rest-client.js';
import { destinationOf, type Road, type Route } from './road.js';
import type { Tuning } from './tuning.js';
import type { WindowRules } from './window.js';

/** A driver who finds no plan so often in a row chooses another trip. */
const PLAN_ATTEMPTS_MAX = 5;

export type VehicleState =
  | 'choosing'
  | 'asking'
  | JourneyState
  | 'resting'
  | 'stranded'
  | 'halted'
  | 'stopped';

export interface VehicleSnapshot {
  readonly id: string;
  readonly model: string;
  readonly state: VehicleState;
  /** Where it stands, or the place behind it; '' before the first trip. */
  readonly place: string;
  readonly trip: TripInfo | null;
  readonly socPct: number;
  readonly tripsEnded: number;
  readonly strandings: number;
  /** How often something happened that should not. */
  readonly troubles: number;
  /** What it holds, as far as it knows. */
  readonly holds: readonly Hold[];
  /** Points of writes whose outcome it does not know (yet). */
  readonly unsure: readonly string[];
  /** Points of its last refusal; empty when there was none. */
  readonly lastRefusal: readonly string[];
}

export interface VehicleOptions {
  /** Fit for topics: `[A-Za-z0-9_.-]{1,64}`. */
  readonly id: string;
  readonly model: VehicleModel;
  readonly nodes: readonly string[];
  readonly brokers: readonly string[];
  readonly clock: VehicleClock;
  readonly random: Random;
  readonly wish: TripWish;
  readonly rules: WindowRules;
  readonly chargeMinutes: number;
  readonly tuning: Tuning;
  readonly onEvent: (event: VehicleEvent) => void;
  /** Ends travelling; `giveUp`, later, also the wait for outcomes. */
  readonly halt: AbortSignal;
  readonly giveUp: AbortSignal;
}

export class Vehicle {
  readonly #options: VehicleOptions;
  readonly #rest: RestClient;
  readonly #link: MqttLink;
  readonly #holds: Holds;
  #state: VehicleState = 'choosing';
  #place = '';
  #pointId: string | null = null;
  #batteryWh: number;
  #journey: Journey | null = null;
  #tripNumber = 0;
  #tripsEnded = 0;
  #strandings = 0;
  #troubles = 0;

  constructor(options: VehicleOptions) {
    this.#options = options;
    const { id, clock, random, tuning } = options;
    const tell = (news: VehicleNews) => this.#tell(news);
    this.#batteryWh = this.#drawBattery();
    const network = { vehicleId: id, clock, backOffRealMs: tuning.backOffRealMs };
    this.#rest = restClient({
      ...network,
      nodes: options.nodes,
      random: fork(random),
      requestTimeoutRealMs: tuning.requestTimeoutRealMs,
      onNodeFailed: (node, reason) => tell({ kind: 'node-failed', node, reason }),
    });
    this.#link = openMqttLink({
      ...network,
      brokers: options.brokers,
      random: fork(random),
      askTimeoutRealMs: tuning.askTimeoutRealMs,
      onConnected: (broker) => tell({ kind: 'connected', broker }),
      onBrokerFailed: (broker, reason) => tell({ kind: 'broker-failed', broker, reason }),
    });
    // The time makes keys of one run unlike those of the run before, which the ledger may still know.
    const run = `${clock.nowMs().toString(36)}-${Math.floor(random.next() * 2 ** 32).toString(36)}`;
    let keys = 0;
    const makeKey = () => {
      keys += 1;
      return `${id}:${run}:${keys}`;
    };
    this.#holds = createHolds({
      rest: this.#rest,
      clock,
      windowMs: options.rules.windowMs,
      makeKey,
      tell,
    });
  }

  /** Travels until halted; then what it holds is known, but for `unsure`. Never rejects. */
  async run(): Promise<void> {
    const { halt, giveUp, clock, tuning } = this.#options;
    while (!halt.aborted) {
      try {
        await this.#nextTrip();
      } catch (error) {
        if (halt.aborted) break;
        this.#troubles += 1;
        this.#tell({ kind: 'trouble', reason: error instanceof Error ? error.message : String(error) });
        this.#leaveRoad();
        await this.#holds.freeAll(giveUp).catch(() => undefined);
        await clock.sleep(tuning.backOffRealMs.cap * clock.speed, halt).catch(() => undefined);
      }
    }
    this.#state = 'halted';
  }

  /** After `run` has ended: frees what it holds and takes leave of the broker. Never rejects. */
  async leave(giveUp: AbortSignal): Promise<void> {
    await this.#holds.freeAll(giveUp).catch(() => undefined);
    await this.#link.close();
    this.#state = 'stopped';
    this.#tell({ kind: 'stopped', unsure: this.#holds.unsure() });
  }

  snapshot(): VehicleSnapshot {
    return {
      id: this.#options.id,
      model: this.#options.model.id,
      state: this.#state,
      place: this.#place,
      trip: this.#journey?.trip ?? null,
      socPct: this.#socPct(),
      tripsEnded: this.#tripsEnded,
      strandings: this.#strandings,
      troubles: this.#troubles,
      holds: this.#holds.current(),
      unsure: this.#holds.unsure(),
      lastRefusal: this.#holds.lastRefusal(),
    };
  }

  async #nextTrip(): Promise<void> {
    const { clock, random, tuning, halt, giveUp } = this.#options;
    this.#state = 'choosing';
    const journey = this.#chooseTrip(await this.#rest.routes(halt));
    if (journey === null) return this.#lookAgainLater('no route to drive');
    this.#journey = journey;
    for (let attempt = 1; !(await this.#askAndPlan(journey)); attempt += 1) {
      await this.#lookAgainLater('no free points for this trip');
      if (attempt === PLAN_ATTEMPTS_MAX) {
        this.#leaveRoad();
        return;
      }
    }
    const end = await journey.travel();
    await this.#holds.freeAll(giveUp);
    this.#leaveRoad();
    if (end === 'arrived') {
      this.#tripsEnded += 1;
      this.#state = 'resting';
      const { trip, chargeCount } = journey;
      this.#tell({ kind: 'arrived', trip, socPct: this.#socPct(), charges: chargeCount });
      await clock.sleep(between(random, ...tuning.restMinutes) * 60_000, halt);
    } else {
      this.#strandings += 1;
      this.#state = 'stranded';
      this.#tell({ kind: 'stranded', trip: journey.trip, km: Math.round(journey.drivenMetres / 1_000) });
      await clock.sleep(tuning.towMinutes * 60_000, halt);
      this.#batteryWh = this.#drawBattery();
      this.#tell({ kind: 'towed', place: this.#place, socPct: this.#socPct() });
    }
  }

  /** A trip that this vehicle can drive when the points are free; null when there is none. */
  #chooseTrip(routes: readonly Route[]): Journey | null {
    const { wish, tuning, random } = this.#options;
    const roads = roadsToChooseFrom(routes, this.#pointId, wish, tuning.tripKmMin, random);
    for (const road of roads) {
      const journey = new Journey(this.#journeyOptions(), this.#tripOn(road), road, this.#batteryWh);
      if (!journey.isPossible()) continue;
      this.#tripNumber += 1;
      this.#pointId = road.points[0]!.id;
      this.#place = road.points[0]!.place;
      return journey;
    }
    return null;
  }

  #tripOn(road: Road): TripInfo {
    const end = destinationOf(road);
    return {
      id: `${this.#options.id}-${this.#tripNumber + 1}`,
      route: road.routeName,
      from: road.points[0]!.place,
      to: end.place,
      km: Math.round(end.metres / 1_000),
    };
  }

  /** The documented flow: what the mesh offers over MQTT, what the routes show, then the stops. False: no plan now. */
  async #askAndPlan(journey: Journey): Promise<boolean> {
    const { halt } = this.#options;
    const { trip } = journey;
    this.#state = 'asking';
    const socPct = this.#socPct();
    const offered = await this.#link.ask(
      { batteryPct: Math.floor(socPct), place: trip.from, destination: trip.to },
      halt,
    );
    this.#tell({ kind: 'asked', trip, socPct, offered });
    const shown = await this.#shownFree(halt);
    return journey.makePlan(new Set(offered.filter((pointId) => shown.has(pointId))));
  }

  async #shownFree(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const points = await this.#rest.shownPoints(signal);
    return new Set(points.filter((point) => point.free).map((point) => point.id));
  }

  #journeyOptions(): JourneyOptions {
    return {
      ...this.#options,
      holds: this.#holds,
      freePoints: (signal) => this.#shownFree(signal),
      report: (telemetry) => this.#link.report(telemetry),
      tell: (news) => this.#tell(news),
      setState: (state, place) => {
        this.#state = state;
        this.#place = place;
      },
    };
  }

  async #lookAgainLater(reason: string): Promise<void> {
    const { clock, random, tuning, halt } = this.#options;
    this.#state = 'waiting';
    this.#tell({ kind: 'waiting', place: this.#place, reason });
    const scaledMs = between(random, ...tuning.retryMinutes) * 60_000;
    await clock.sleep(Math.max(scaledMs, tuning.retryRealMsMin * clock.speed), halt);
  }

  /** Ends the journey: the vehicle is now at the next place, with what is left in the battery. */
  #leaveRoad(): void {
    if (this.#journey === null) return;
    const { id, place } = this.#journey.pointAhead;
    this.#pointId = id;
    this.#place = place;
    this.#batteryWh = this.#journey.energyWh;
    this.#journey = null;
  }

  #drawBattery(): number {
    const { random, tuning, model } = this.#options;
    return energyAtWh(between(random, ...tuning.startSocPct), capacityWh(model));
  }

  #socPct(): number {
    return socPct(this.#journey?.energyWh ?? this.#batteryWh, capacityWh(this.#options.model));
  }

  #tell(news: VehicleNews): void {
    this.#options.onEvent({ ...news, vehicleId: this.#options.id, atMs: this.#options.clock.nowMs() });
  }
}
