/**
 * Long computations of a node, one after the other and in pieces: between two pieces everything else has its turn, above all
 * the heartbeats of the replica.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { Failure } from '../replica/failure.js';

/** About how long the event loop is kept at a time; one piece is never cut. */
const STRETCH_MS = 4;

const WAITING_MAX = 32;

export class Workshop {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** The value that the pieces end with. Rejects with a Failure when too many wait already. */
  inPieces<T>(begin: () => Generator<void, T, void>): Promise<T> {
    if (this.#waiting >= WAITING_MAX) {
      return Promise.reject(new Failure('RESOURCE_EXHAUSTED', `${WAITING_MAX} computations wait already`));
    }
    this.#waiting += 1;
    const done = this.#last.then(() => worked(begin())).finally(() => (this.#waiting -= 1));
    this.#last = done.catch(() => {});
    return done;
  }
}

async function worked<T>(pieces: Generator<void, T, void>): Promise<T> {
  for (;;) {
    await turn();
    const untilMs = performance.now() + STRETCH_MS;
    do {
      const piece = pieces.next();
      if (piece.done === true) return piece.value;
    } while (performance.now() < untilMs);
  }
}
