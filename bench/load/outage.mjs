/**
 * How long nobody can write after a fault. A few clients write in a closed loop, each operation a new trip; who has no
 * answer within the time-out, or is refused a connection, goes on to the next node with another trip. The fault is made
 * here, so that one clock tells both its moment and that of the first write that began after it and was committed.
 */
import { execFileSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { etcdClient } from './drivers/etcd.mjs';
import { unaryClient } from './drivers/malha-unary.mjs';
import { Http2Connection } from './http2-connection.mjs';
import { COMMITTED, FAILED } from './outcome.mjs';
import { Trips } from './trips.mjs';

const CLIENTS = { etcd: etcdClient, 'malha-unary': unaryClient };
/** So many commits before the fault, and after it, show that all is well. */
const COMMITS_BEFORE = 50;
const COMMITS_AFTER = 20;

/**
 * `fault`: `{signal, pid}`, or `{command}` whose last part is begun. Resolves with `{outageMs}`, or with null there when
 * nothing was committed within `limitMs`.
 */
export async function outage({ driver, targets, clients, attemptMs, pauseMs, limitMs, fault }) {
  const run = `${process.pid.toString(36)}o${Date.now().toString(36)}`;
  const state = { over: false, before: 0, after: 0, faultMs: Number.POSITIVE_INFINITY, outageMs: null };
  const committed = (begunMs) => {
    if (begunMs < state.faultMs) state.before += 1;
    else {
      state.outageMs ??= performance.now() - state.faultMs;
      state.after += 1;
    }
  };
  const probes = Array.from({ length: clients }, (_, k) =>
    probe(new Lines(driver, targets, k), new Trips(run, k), { attemptMs, pauseMs, state, committed }),
  );
  try {
    await until(() => state.before >= COMMITS_BEFORE, limitMs);
    strike(fault);
    state.faultMs = performance.now();
    await until(() => state.after >= COMMITS_AFTER, limitMs);
    return { outageMs: state.outageMs };
  } finally {
    state.over = true;
    await Promise.all(probes);
  }
}

function strike({ signal, pid, command }) {
  if (command) execFileSync(command[0], command.slice(1));
  else process.kill(pid, signal);
}

/** Takes three cells, gives them back, and so on; a trip that was not answered is left alone. */
async function probe(lines, trips, { attemptMs, pauseMs, state, committed }) {
  let held = null;
  while (!state.over) {
    const begunMs = performance.now();
    const trip = held ?? trips.next();
    const request = held ? 'release' : 'reserve';
    held = null;
    const outcome = await lines.write(request, trip, attemptMs);
    if (outcome === COMMITTED) {
      committed(begunMs);
      if (request === 'reserve') held = trip;
      continue;
    }
    if (outcome === FAILED) lines.next();
    await delay(pauseMs);
  }
  lines.next();
}

/** One client's connections: made when they are needed, given up when they do not answer. */
class Lines {
  #driver;
  #targets;
  #at;
  #line = null;

  constructor(driver, targets, client) {
    this.#driver = driver;
    this.#targets = targets;
    this.#at = client;
  }

  /** FAILED when it took longer than `attemptMs`, whatever becomes of it. */
  async write(request, trip, attemptMs) {
    const answered = new AbortController();
    const late = delay(attemptMs, FAILED, { signal: answered.signal }).catch(() => FAILED);
    const outcome = await Promise.race([this.#ask(request, trip), late]);
    answered.abort();
    return outcome;
  }

  /** From now on the next node is asked. */
  next() {
    this.#line?.then(
      (line) => line.close(),
      () => {},
    );
    this.#line = null;
    this.#at += 1;
  }

  async #ask(request, trip) {
    this.#line ??= Http2Connection.open(this.#targets[this.#at % this.#targets.length]);
    try {
      const client = CLIENTS[this.#driver](await this.#line, []);
      return await new Promise((resolve) => client[request](trip, resolve));
    } catch {
      return FAILED;
    }
  }
}

async function until(condition, limitMs) {
  const endMs = performance.now() + limitMs;
  while (!condition() && performance.now() < endMs) await delay(5);
}
