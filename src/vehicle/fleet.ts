/**
 * A number of simulated vehicles against one mesh.
 *
 * 1. Chance and time are handed in: the same seed draws the same vehicles, though the network may play them another game.
 * 2. `stop` leaves the ledger as it was found: every vehicle frees what it holds, as far as a node answers in time.
 */
import { setMaxListeners } from 'node:events';
import type { TripWish } from './choose-trip.js';
import type { VehicleClock } from './clock.js';
import type { VehicleEvent } from './events.js';
import type { VehicleModel } from './models.js';
import { fork, pickOne, type Random } from './random.js';
import { DEFAULT_TUNING, type Tuning } from './tuning.js';
import { Vehicle, type VehicleSnapshot } from './vehicle.js';
import type { WindowRules } from './window.js';

export interface FleetOptions {
  readonly count: number;
  /** REST base URLs without a slash at the end; at least one. */
  readonly nodes: readonly string[];
  /** MQTT URLs; at least one. */
  readonly brokers: readonly string[];
  readonly clock: VehicleClock;
  readonly random: Random;
  readonly models: readonly VehicleModel[];
  /** Called for everything that vehicles tell; must not throw. */
  readonly onEvent: (event: VehicleEvent) => void;
  /** Places as the routes name them, case and accents aside. With both, vehicles go back and forth. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** All vehicles are of this model; absent: drawn. */
  readonly modelId?: string | undefined;
  /** Vehicles are named `<prefix>-01` and so on. */
  readonly idPrefix?: string | undefined;
  /** Every so manieth vehicle uses the documented routes and topics: 1 for all, 0 for none; 3 unless said otherwise. */
  readonly documentedEvery?: number | undefined;
  /** A recharge where the model's or the point's power is unknown. */
  readonly chargeMinutes: number;
  /** Longest time from the end of a charge until the vehicle leaves the point. */
  readonly chargeGraceMinutes: number;
  /** The window of a documented reservation: the nodes' own setting. */
  readonly legacyWindowMinutes: number;
  readonly tuning?: Partial<Tuning> | undefined;
  /** Aborting it is calling `stop`. */
  readonly signal: AbortSignal;
}

/** A point that a vehicle believes it holds. */
export interface HeldPoint {
  readonly vehicleId: string;
  readonly pointId: string;
  /** End of its window in ledger time: near it, belief and ledger may differ by what clocks and network do. */
  readonly untilMs: number;
}

export interface Fleet {
  snapshot(): readonly VehicleSnapshot[];
  /**
   * What the vehicles hold, for comparison with the ledger; exact only after `halt`. `unsure` are points of writes whose outcome
   * nobody knows.
   */
  heldPoints(): {
    readonly held: readonly HeldPoint[];
    readonly unsure: readonly { readonly vehicleId: string; readonly pointId: string }[];
  };
  /** Ends travelling and waits, bounded, for the outcomes of writes under way. Vehicles keep what they hold. */
  halt(): Promise<void>;
  /** Halts, frees what is held, leaves the brokers. Bounded by twice `stopRealMs`, and a second for the brokers. */
  stop(): Promise<void>;
}

/** Starts the vehicles. Throws a RangeError when an option makes no sense: unknown model, no node, no broker. */
export function startFleet(options: FleetOptions): Fleet {
  const { count, clock, random, models, signal } = options;
  const tuning: Tuning = { ...DEFAULT_TUNING, ...options.tuning };
  const choice =
    options.modelId === undefined ? models : models.filter((model) => model.id === options.modelId);
  if (choice.length === 0) {
    const known = models.map((model) => model.id).join(', ');
    throw new RangeError(`unknown model "${options.modelId ?? ''}"; known are: ${known}`);
  }
  if (options.nodes.length === 0) throw new RangeError('vehicles need at least one node');
  if (options.brokers.length === 0) throw new RangeError('vehicles need at least one broker');
  const wish: TripWish = { from: options.from, to: options.to };
  const rules = windowRules(options, tuning);
  const { documentedEvery = 3 } = options;
  const halting = new AbortController();
  const givingUp = new AbortController();
  // Every vehicle listens to both: many listeners are no leak here.
  setMaxListeners(0, halting.signal, givingUp.signal);

  const vehicles = Array.from({ length: count }, (_, at) => {
    const own = fork(random);
    return new Vehicle({
      id: `${options.idPrefix ?? 'veiculo'}-${String(at + 1).padStart(2, '0')}`,
      model: pickOne(own, choice),
      nodes: options.nodes,
      brokers: options.brokers,
      clock,
      random: own,
      wish,
      documented: documentedEvery > 0 && (at + 1) % documentedEvery === 0,
      rules,
      chargeMinutes: options.chargeMinutes,
      tuning,
      onEvent: options.onEvent,
      halt: halting.signal,
      giveUp: givingUp.signal,
    });
  });
  const running = Promise.all(vehicles.map((vehicle) => vehicle.run()));

  let halted: Promise<void> | null = null;
  const halt = (): Promise<void> => {
    halted ??= (async () => {
      halting.abort();
      await patiently(running, givingUp);
    })();
    return halted;
  };

  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      await halt();
      const leaving = new AbortController();
      setMaxListeners(0, leaving.signal);
      await patiently(Promise.all(vehicles.map((vehicle) => vehicle.leave(leaving.signal))), leaving);
    })();
    return stopped;
  };

  /** Waits for `work`; tells it to give up once its time is over. */
  async function patiently(work: Promise<unknown>, giveUp: AbortController): Promise<void> {
    const done = new AbortController();
    const timer = clock.sleep(tuning.stopRealMs * clock.speed, done.signal).then(
      () => giveUp.abort(),
      () => undefined,
    );
    await work;
    done.abort();
    await timer;
  }

  if (signal.aborted) void stop();
  else signal.addEventListener('abort', () => void stop(), { once: true });

  return {
    snapshot: () => vehicles.map((vehicle) => vehicle.snapshot()),
    heldPoints() {
      const all = vehicles.map((vehicle) => vehicle.snapshot());
      return {
        held: all.flatMap(({ id, holds }) => holds.map((hold) => ({ vehicleId: id, ...hold }))),
        unsure: all.flatMap(({ id, unsure }) => unsure.map((pointId) => ({ vehicleId: id, pointId }))),
      };
    },
    halt,
    stop,
  };
}

function windowRules(options: FleetOptions, tuning: Tuning): WindowRules {
  const windowMs = options.legacyWindowMinutes * 60_000;
  return {
    windowMs,
    marginMs: Math.ceil((windowMs * tuning.windowMarginPct) / 100),
    graceMs: options.chargeGraceMinutes * 60_000,
    speedKmh: tuning.planSpeedKmh,
  };
}
