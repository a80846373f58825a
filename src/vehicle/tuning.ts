/**
 * How the simulated drivers behave: what no setting names. The defaults suit data/bahia.json with a dozen vehicles; tests bend
 * them to make a vehicle run empty or drive in no time.
 */
export interface Tuning {
  /** The state of charge that a vehicle begins with, or has after it was towed: drawn between the two, in percent. */
  readonly startSocPct: readonly [number, number];
  /** No plan goes below this, in percent. */
  readonly reserveSocPct: number;
  /** What a driver wants left on arrival where the battery allows it, in percent: it is what the next trip begins with. */
  readonly arrivalSocPct: number;
  /** Plans reckon with rated consumption times this. */
  readonly planLoadFactor: number;
  /** Actual consumption over the rated, drawn for each drive: load, weather, temper. */
  readonly loadFactor: readonly [number, number];
  /** What plans reckon with, and the actual speed, drawn for each drive. */
  readonly planSpeedKmh: number;
  readonly speedKmh: readonly [number, number];
  /** Shortest trip that a driver chooses by itself. */
  readonly tripKmMin: number;
  /** Scaled minutes between two trips, drawn. */
  readonly restMinutes: readonly [number, number];
  /** Scaled minutes before a driver who found no free point tries again, drawn; never less than `retryRealMsMin`. */
  readonly retryMinutes: readonly [number, number];
  readonly retryRealMsMin: number;
  /** Scaled minutes until a stranded vehicle is towed to the next place, charged, and starts anew. */
  readonly towMinutes: number;
  /** Part of a reservation's window that no plan uses, in percent. */
  readonly windowMarginPct: number;
  /** How much later than a vehicle expects to arrive its window begins: the more of the two, the second in real time. */
  readonly windowSlackMinutes: number;
  readonly windowSlackRealMs: number;
  /** Part of the reservations that are made as a hold and confirmed at once. */
  readonly holdShare: number;
  /** How long such a hold lasts: the more of the two, the second in real time. */
  readonly holdSeconds: number;
  readonly holdRealSeconds: number;
  /** Scaled minutes before a vehicle that finds its point busy asks again; never less than `retryRealMsMin`. */
  readonly busyMinutes: number;
  /** Real time between two telemetry messages. */
  readonly telemetryRealMs: number;
  /** Real time until a request to a node is given up (and repeated), a broker's answer is missed. */
  readonly requestTimeoutRealMs: number;
  readonly askTimeoutRealMs: number;
  /** Back-off in real time against a network that fails. */
  readonly backOffRealMs: { readonly base: number; readonly cap: number };
  /** Real time that a stopping vehicle has to learn what it holds and to free it. */
  readonly stopRealMs: number;
}

export const DEFAULT_TUNING: Tuning = {
  startSocPct: [35, 60],
  reserveSocPct: 8,
  arrivalSocPct: 40,
  planLoadFactor: 1.06,
  loadFactor: [0.92, 1.04],
  planSpeedKmh: 80,
  speedKmh: [80, 95],
  tripKmMin: 60,
  restMinutes: [20, 60],
  retryMinutes: [10, 25],
  retryRealMsMin: 200,
  towMinutes: 180,
  windowMarginPct: 5,
  windowSlackMinutes: 15,
  windowSlackRealMs: 150,
  holdShare: 0.5,
  holdSeconds: 600,
  holdRealSeconds: 5,
  busyMinutes: 5,
  telemetryRealMs: 1_000,
  requestTimeoutRealMs: 3_000,
  askTimeoutRealMs: 2_500,
  backOffRealMs: { base: 50, cap: 1_500 },
  stopRealMs: 8_000,
};
