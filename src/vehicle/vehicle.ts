/**
 * A simulated vehicle: one trip after the other. It asks over MQTT which points are offered, looks at the routes, picks its
 * stops by battery and kilometres, reserves them and travels, by malha's own requests or as documented; nothing that the
 * network does ends it.
 */
import { capacityWh, energyAtWh, socPct } from './battery.js';
import { bookedFlow } from './booked-flow.js';
import { roadsToChooseFrom, type TripWish } from './choose-trip.js';
import type { VehicleClock } from './clock.js';
import { documentedFlow } from './documented-flow.js';
import type { TripInfo, VehicleEvent, VehicleNews } from './events.js';
import type { Flow } from './flow.js';
import type { Hold, Holdings, Journey } from './journey.js';
import type { VehicleModel } from './models.js';
import { type MqttLink, openMqttLink, type Telemetry } from './mqtt-link.js';
import { between, fork, type Random } from './random.js';
import { type RestClient, restClient } from './rest-client.js';
import type { JourneyState } from './ride.js';
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
  /** Whether it uses the documented routes and topics instead of malha's own. */
  readonly documented: boolean;
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
  readonly #flow: Flow;
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
      onNotice: (notice) => this.#flow.noticed(notice),
    });
    // The time makes keys of one run unlike those of the run before, which the ledger may still know.
    const run = `${clock.nowMs().toString(36)}-${Math.floor(random.next() * 2 ** 32).toString(36)}`;
    let keys = 0;
    const makeKey = () => {
      keys += 1;
      return `${id}:${run}:${keys}`;
    };
    const { rest, link } = { rest: this.#rest, link: this.#link };
    const ride = {
      ...options,
      tell,
      report: (telemetry: Telemetry) => link.report(telemetry),
      setState: (state: JourneyState, place: string) => {
        this.#state = state;
        this.#place = place;
      },
    };
    const flow = {
      ride,
      rest,
      link,
      clock,
      makeKey,
      tell,
      socPct: () => this.#socPct(),
      giveUp: options.giveUp,
    };
    this.#flow = options.documented ? documentedFlow(flow) : bookedFlow(flow);
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
        await this.#holdings.freeAll(giveUp).catch(() => undefined);
        await clock.sleep(tuning.backOffRealMs.cap * clock.speed, halt).catch(() => undefined);
      }
    }
    this.#state = 'halted';
  }

  /** After `run` has ended: frees what it holds and takes leave of the broker. Never rejects. */
  async leave(giveUp: AbortSignal): Promise<void> {
    await this.#holdings.freeAll(giveUp).catch(() => undefined);
    await this.#link.close();
    this.#state = 'stopped';
    this.#tell({ kind: 'stopped', unsure: this.#holdings.unsure() });
  }

  snapshot(): VehicleSnapshot {
    return {
      id: this.#options.id,
      model: this.#options.model.id,
      state: this.#state,
      place: this.#place,
      trip: this.#journey?.ride.trip ?? null,
      socPct: this.#socPct(),
      tripsEnded: this.#tripsEnded,
      strandings: this.#strandings,
      troubles: this.#troubles,
      holds: this.#holdings.current(),
      unsure: this.#holdings.unsure(),
      lastRefusal: this.#holdings.lastRefusal(),
    };
  }

  async #nextTrip(): Promise<void> {
    const { clock, random, tuning, halt, giveUp } = this.#options;
    this.#state = 'choosing';
    const journey = this.#chooseTrip(await this.#rest.routes(halt));
    if (journey === null) return this.#lookAgainLater('no route to drive');
    this.#journey = journey;
    for (let attempt = 1; ; attempt += 1) {
      this.#state = 'asking';
      if (await journey.prepare()) break;
      await this.#lookAgainLater('no free points for this trip');
      if (attempt === PLAN_ATTEMPTS_MAX) {
        this.#leaveRoad();
        return;
      }
    }
    const end = await journey.travel();
    await this.#holdings.freeAll(giveUp);
    this.#leaveRoad();
    if (end === 'arrived') {
      this.#tripsEnded += 1;
      this.#state = 'resting';
      const { trip, chargeCount } = journey.ride;
      this.#tell({ kind: 'arrived', trip, socPct: this.#socPct(), charges: chargeCount });
      await clock.sleep(between(random, ...tuning.restMinutes) * 60_000, halt);
    } else {
      this.#strandings += 1;
      this.#state = 'stranded';
      const { trip, metres } = journey.ride;
      this.#tell({ kind: 'stranded', trip, km: Math.round(metres / 1_000) });
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
      const journey = this.#flow.journey(this.#tripOn(road), road, this.#batteryWh);
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

  get #holdings(): Holdings {
    return this.#flow.holdings;
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
    const { ride } = this.#journey;
    const { id, place } = ride.pointAhead;
    this.#pointId = id;
    this.#place = place;
    this.#batteryWh = ride.energyWh;
    this.#journey = null;
  }

  #drawBattery(): number {
    const { random, tuning, model } = this.#options;
    return energyAtWh(between(random, ...tuning.startSocPct), capacityWh(model));
  }

  #socPct(): number {
    return socPct(this.#journey?.ride.energyWh ?? this.#batteryWh, capacityWh(this.#options.model));
  }

  #tell(news: VehicleNews): void {
    this.#options.onEvent({ ...news, vehicleId: this.#options.id, atMs: this.#options.clock.nowMs() });
  }
}
