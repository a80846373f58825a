/**
 * A trip that can be driven and booked: where to charge, when, and how much, by the roads, the battery and the points'
 * calendars as they are. The quickest one, a stop counting as some minutes more.
 *
 * Label-setting search with A*: a label is a vehicle ready to leave a point, at a time and with an energy. One that is
 * neither earlier, nor fuller, nor has fewer stops than another at the same point is given up: whatever it does next, the
 * other can do as early. It is charged to full tenths of the battery, and a plan is the best of those that do so.
 */
import type { Window } from '../ledger/terms.js';
import { chargeMs, driveWh, type VehicleModel } from './energy.js';
import { firstFreeStart } from './free-window.js';
import { MinHeap } from './min-heap.js';
import type { Roads } from './roads.js';

/** A point where the vehicle can charge. */
export interface Charger {
  readonly pointId: string;
  readonly powerWatts: number;
  /** When it cannot be had, in order of the starts. */
  readonly busy: readonly Window[];
  /** Its company wants it free so long after each window. */
  readonly bufferMs: number;
  /** Its company books no window that starts earlier. */
  readonly earliestMs: number;
  readonly durationMaxMs: number;
}

export interface Journey {
  /** Where it may begin and end: ids of points, which need not be chargers. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly departMs: number;
  readonly vehicle: VehicleModel;
  readonly startWh: number;
  /** Never below this on the road, nor at the end. */
  readonly reserveWh: number;
  /** Charged up to this at most. */
  readonly fullWh: number;
  readonly metresPerSecond: number;
  /** So much longer than the charging a window lasts, for who comes late. */
  readonly marginMs: number;
  /** No window begins later: calendars are known so far. */
  readonly horizonMs: number;
}

export interface PlannedStop {
  readonly pointId: string;
  readonly arriveMs: number;
  /** The window to book; the vehicle leaves at `departMs`, the margin before its end. */
  readonly startMs: number;
  readonly endMs: number;
  readonly departMs: number;
  readonly arriveWh: number;
  readonly departWh: number;
  /** From the stop before, or from the beginning. */
  readonly metres: number;
}

export interface Plan {
  readonly from: string;
  readonly to: string;
  readonly stops: readonly PlannedStop[];
  readonly metres: number;
  readonly arriveMs: number;
  readonly arriveWh: number;
}

/** Why there is no plan. */
export type NoPlan =
  /** No road leads there. */
  | 'NO_ROAD'
  /** With these points, however full, the battery does not last, or nothing is free in time. */
  | 'OUT_OF_REACH'
  /** The search was given up at its bound. */
  | 'TOO_HARD';

/** What one more stop must save to be worth it. */
export const STOP_PENALTY_MS = 5 * 60_000;

const TENTHS = 10;
const LABELS_MAX = 50_000;
const MINUTE_MS = 60_000;

interface Label {
  readonly at: string;
  readonly readyMs: number;
  readonly wh: number;
  readonly stops: number;
  readonly metres: number;
  readonly before: Label | null;
  /** How it was charged here; null where it began, and at the end. */
  readonly stop: PlannedStop | null;
  readonly arrived: boolean;
}

export type PlanOutcome =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'none'; readonly reason: NoPlan };

/** The best plan, or why there is none. `chargers`: those whose connector fits. */
export function planTrip(roads: Roads, chargers: readonly Charger[], journey: Journey): PlanOutcome {
  const pieces = planInPieces(roads, chargers, journey);
  for (;;) {
    const piece = pieces.next();
    if (piece.done === true) return piece.value;
  }
}

/** The same in pieces of a few milliseconds at most, for who has other things to do in between. */
export function* planInPieces(
  roads: Roads,
  chargers: readonly Charger[],
  journey: Journey,
): Generator<void, PlanOutcome, void> {
  const leftMetres = metresToGoal(roads, journey);
  const begins = journey.from.filter((id) => leftMetres.has(id));
  if (begins.length === 0) return { kind: 'none', reason: 'NO_ROAD' };

  const search = new Search(roads, chargers, journey, leftMetres);
  for (const at of begins) search.begin(at);
  const end = yield* search.run();
  if (end === 'TOO_HARD') return { kind: 'none', reason: 'TOO_HARD' };
  return end === null ? { kind: 'none', reason: 'OUT_OF_REACH' } : { kind: 'plan', plan: planOf(end) };
}

class Search {
  readonly #open = new MinHeap<Label>();
  readonly #best = new Map<string, Label[]>();
  readonly #chargers: ReadonlyMap<string, Charger>;
  readonly #goals: ReadonlySet<string>;
  #labels = 0;

  constructor(
    private readonly roads: Roads,
    chargers: readonly Charger[],
    private readonly journey: Journey,
    private readonly leftMetres: ReadonlyMap<string, number>,
  ) {
    this.#chargers = new Map(chargers.map((charger) => [charger.pointId, charger]));
    this.#goals = new Set(journey.to);
  }

  begin(at: string): void {
    const { departMs, startWh } = this.journey;
    const label = { at, readyMs: departMs, wh: startWh, stops: 0, metres: 0, before: null, stop: null };
    this.#put({ ...label, arrived: this.#goals.has(at) });
    this.#charge(at, { arriveMs: departMs, arriveWh: startWh, metres: 0 }, null);
  }

  /** The label of the best arrival; null when there is none. */
  *run(): Generator<void, Label | null | 'TOO_HARD', void> {
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) {
      const label = next.item;
      if (label.arrived) return label;
      if (!this.#isBest(label)) continue;
      if (this.#labels > LABELS_MAX) return 'TOO_HARD';
      this.#drive(label);
      yield;
    }
    return null;
  }

  #drive(label: Label): void {
    const { vehicle, reserveWh, metresPerSecond } = this.journey;
    for (const [at, metres] of this.roads.from(label.at)) {
      const wh = label.wh - driveWh(vehicle, metres);
      if (at === label.at || wh < reserveWh || !this.leftMetres.has(at)) continue;
      const arriveMs = label.readyMs + (metres / metresPerSecond) * 1_000;
      if (this.#goals.has(at)) {
        const total = label.metres + metres;
        this.#put({
          ...label,
          at,
          readyMs: arriveMs,
          wh,
          metres: total,
          before: label,
          stop: null,
          arrived: true,
        });
      }
      this.#charge(at, { arriveMs, arriveWh: wh, metres }, label);
    }
  }

  #charge(
    at: string,
    arrival: { readonly arriveMs: number; readonly arriveWh: number; readonly metres: number },
    before: Label | null,
  ): void {
    const charger = this.#chargers.get(at);
    if (charger === undefined) return;
    const { vehicle, fullWh, marginMs, horizonMs } = this.journey;
    const { arriveMs, arriveWh, metres } = arrival;
    const fromMs = Math.max(wholeMinute(arriveMs), charger.earliestMs);
    for (const wh of levelsAbove(arriveWh, vehicle, fullWh)) {
      const takesMs = wholeMinute(chargeMs(vehicle, charger.powerWatts, arriveWh, wh));
      const durationMs = takesMs + marginMs;
      if (durationMs > charger.durationMaxMs) return;
      const startMs = firstFreeStart(charger.busy, {
        fromMs,
        durationMs: durationMs + charger.bufferMs,
        latestMs: horizonMs,
      });
      if (startMs === null) continue;
      const departMs = startMs + takesMs;
      const window = { startMs, endMs: startMs + durationMs };
      this.#put({
        at,
        readyMs: departMs,
        wh,
        stops: (before?.stops ?? 0) + 1,
        metres: (before?.metres ?? 0) + metres,
        before,
        stop: { pointId: at, arriveMs, ...window, departMs, arriveWh, departWh: wh, metres },
        arrived: false,
      });
    }
  }

  #put(label: Label): void {
    if (!label.arrived) {
      const others = this.#best.get(label.at) ?? [];
      if (others.some((other) => isAtLeastAsGood(other, label))) return;
      this.#best.set(label.at, [...others.filter((other) => !isAtLeastAsGood(label, other)), label]);
    }
    this.#labels += 1;
    const { metresPerSecond } = this.journey;
    const leftMs = label.arrived ? 0 : (this.leftMetres.get(label.at)! / metresPerSecond) * 1_000;
    this.#open.push(label.readyMs + leftMs + label.stops * STOP_PENALTY_MS, label);
  }

  #isBest(label: Label): boolean {
    return this.#best.get(label.at)?.includes(label) ?? false;
  }
}

/** The full tenths of the battery above an energy, up to the fullest that is wanted. */
function levelsAbove(wh: number, { batteryWh }: VehicleModel, fullWh: number): readonly number[] {
  const tenths = Array.from({ length: TENTHS }, (_, at) => ((at + 1) * batteryWh) / TENTHS);
  return [...new Set(tenths.map((level) => Math.min(level, fullWh)))].filter((level) => level > wh);
}

function isAtLeastAsGood(a: Label, b: Label): boolean {
  return a.readyMs <= b.readyMs && a.wh >= b.wh && a.stops <= b.stops;
}

/** From every point that has a road to the end, the metres of the shortest one. */
function metresToGoal(roads: Roads, { to }: Journey): ReadonlyMap<string, number> {
  // Roads lead both ways, and equally far.
  return roads.fromNearest(to);
}

function planOf(end: Label): Plan {
  const labels: Label[] = [];
  for (let label: Label | null = end; label !== null; label = label.before) labels.unshift(label);
  const stops = labels.flatMap(({ stop }) => (stop === null ? [] : [stop]));
  const { at: to, metres, readyMs: arriveMs, wh: arriveWh } = end;
  return { from: labels[0]!.at, to, stops, metres, arriveMs, arriveWh };
}

/** Windows begin and last whole minutes: people read them. */
function wholeMinute(ms: number): number {
  return Math.ceil(ms / MINUTE_MS) * MINUTE_MS;
}
