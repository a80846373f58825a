/**
 * The load, the same for every peer: each client has one operation under way, and begins the next one when it is answered.
 * A client takes three cells, gives them back, and draws anew. What failed is sent again under its key, and its time goes on.
 */
import { performance } from 'node:perf_hooks';
import { COMMITTED, FAILED } from './outcome.mjs';

const RETRY_MS = 20;

/** Writes: `clients[k]` with the trips `trips[k]`. */
export function writers(clients, trips) {
  return clients.map((client, k) => {
    let trip = trips[k].next();
    let holds = false;
    return {
      ask: (done) => (holds ? client.release(trip, done) : client.reserve(trip, done)),
      answered(outcome) {
        if (!holds && outcome === COMMITTED) {
          holds = true;
          return;
        }
        holds = false;
        trip = trips[k].next();
      },
      /** Gives back what is held; nobody counts it. */
      settle: (done) => (holds ? client.release(trip, done) : done(COMMITTED)),
    };
  });
}

export function readers(clients) {
  return clients.map((client) => ({
    ask: (done) => client.read(done),
    answered() {},
    settle: (done) => done(COMMITTED),
  }));
}

/** Lets all of them run; what is answered within `measureMs` after `warmMs` is counted. */
export function closedLoop(loops, { warmMs, measureMs, onMeasure }) {
  return new Promise((resolve) => {
    const figures = { outcomes: [0, 0, 0], seconds: 0, latencyMs: null };
    const samples = new Samples();
    let running = loops.length;
    let measuring = false;
    let over = false;
    let fromMs = 0;
    setTimeout(() => {
      onMeasure('begin');
      measuring = true;
      fromMs = performance.now();
      setTimeout(() => {
        measuring = false;
        over = true;
        figures.seconds = (performance.now() - fromMs) / 1_000;
        onMeasure('end');
      }, measureMs);
    }, warmMs);
    for (const loop of loops) run(loop);

    function run(loop) {
      let startedMs = performance.now();
      const ask = () => loop.ask(answered);
      const answered = (outcome) => {
        const nowMs = performance.now();
        if (measuring) {
          figures.outcomes[outcome] += 1;
          if (outcome === COMMITTED) samples.add(nowMs - startedMs);
        }
        if (outcome === FAILED) {
          if (over) ended();
          else setTimeout(ask, RETRY_MS);
          return;
        }
        loop.answered(outcome);
        if (over) {
          loop.settle(ended);
          return;
        }
        startedMs = nowMs;
        ask();
      };
      ask();
    }

    function ended() {
      running -= 1;
      if (running === 0) resolve({ ...figures, latencyMs: samples.percentiles() });
    }
  });
}

const SAMPLES_AT_FIRST = 1 << 16;

/** All of them, so that no percentile is an estimate. */
class Samples {
  #values = new Float64Array(SAMPLES_AT_FIRST);
  #count = 0;

  add(value) {
    if (this.#count === this.#values.length) {
      const wider = new Float64Array(2 * this.#count);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#count] = value;
    this.#count += 1;
  }

  percentiles() {
    const sorted = this.#values.subarray(0, this.#count).sort();
    const at = (share) => (sorted.length === 0 ? null : sorted[Math.ceil(share * sorted.length) - 1]);
    return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
  }
}
