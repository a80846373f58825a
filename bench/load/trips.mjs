/**
 * What the clients ask for: three different points of 3,000, each for one half-hour of tomorrow, drawn at random. There
 * are 144,000 such cells and a client has three at most, so that a trip of one of 64 clients meets a taken cell about
 * once in 250 times. Who is refused draws another trip. All peers are asked for the same cells.
 */

export const POINTS = 3_000;
export const SLOTS = 48;
export const SLOT_S = 1_800;
const DAY_S = 86_400;
/** Fewer than the keys that a holder may have. */
const TRIPS_PER_HOLDER = 400;

/** Of all slots: the first begins tomorrow at 0:00 UTC. */
export const FIRST_SLOT_S = (Math.floor(Date.now() / 1_000 / DAY_S) + 1) * DAY_S;

export const slotStartS = (slot) => FIRST_SLOT_S + slot * SLOT_S;

/** The trips of one client, one after the other. `run` keeps the keys of two runs apart. */
export class Trips {
  #run;
  #client;
  #made = 0;

  constructor(run, client) {
    this.#run = run;
    this.#client = client;
  }

  /** Points ascend, because a database that locks them one by one would run into deadlocks otherwise. */
  next() {
    const made = this.#made;
    this.#made += 1;
    const [a, b, c] = threePoints();
    return {
      holder: `v${this.#run}.${this.#client}.${Math.floor(made / TRIPS_PER_HOLDER)}`,
      key: `${this.#run}.${this.#client}.${made}`,
      points: [a, b, c],
      slots: [below(SLOTS), below(SLOTS), below(SLOTS)],
      /** What the reservation is called, once it is made. */
      reservation: '',
    };
  }
}

function threePoints() {
  for (;;) {
    const a = 1 + below(POINTS);
    const b = 1 + below(POINTS);
    const c = 1 + below(POINTS);
    if (a !== b && b !== c && a !== c) return [a, b, c].sort((x, y) => x - y);
  }
}

export function below(bound) {
  return Math.floor(Math.random() * bound);
}
