/**
 * Messages on their way to a broker.
 *
 * 1. At most `windowMax` are in flight: mqtt.js has no send window, and a broker that is overrun acknowledges
 *    messages and drops them.
 * 2. When the link is lost, what was in flight at QoS 1 goes first over the next link, in the old order (so it may
 *    arrive twice); at QoS 0 it is given up.
 * 3. Every message ends within `timeoutMs`: taken, or a Failure. Count and bytes of what waits are bounded.
 */
import { Failure } from '../replica/failure.js';
import type { PublishOptions } from './bus.js';
import type { Timers } from './timers.js';

export interface OutboxLimits {
  readonly windowMax: number;
  readonly waitingMax: number;
  readonly waitingBytesMax: number;
  readonly timeoutMs: number;
}

export interface Parcel extends PublishOptions {
  readonly topic: string;
  readonly payload: Buffer;
}

/** Hands a parcel to a broker; calls `taken` once the broker has it, never when the link is lost before. */
export type Send = (parcel: Parcel, taken: () => void) => void;

interface Slip extends Parcel {
  settled: boolean;
  readonly settle: (failure: Failure | null) => void;
}

export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #timers: Timers;
  #waiting: Slip[] = [];
  readonly #inFlight = new Set<Slip>();
  #bytes = 0;
  #send: Send | null = null;
  #closed = false;

  constructor(limits: OutboxLimits, timers: Timers) {
    this.#limits = limits;
    this.#timers = timers;
  }

  /** Messages handed to the broker and not yet taken. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Resolves once the broker took the parcel; rejects with a Failure (see MqttBus.publish). */
  put(parcel: Parcel): Promise<void> {
    if (this.#closed) return Promise.reject(new Failure('UNAVAILABLE', 'the MQTT bus is closed'));
    const { waitingMax, waitingBytesMax, timeoutMs } = this.#limits;
    const held = this.#waiting.length + this.#inFlight.size;
    if (held >= waitingMax || this.#bytes + parcel.payload.length > waitingBytesMax) {
      return Promise.reject(new Failure('RESOURCE_EXHAUSTED', 'too many MQTT messages wait for the broker'));
    }
    return new Promise((resolve, reject) => {
      const slip: Slip = {
        ...parcel,
        settled: false,
        settle: (failure) => {
          if (slip.settled) return;
          slip.settled = true;
          cancel();
          this.#bytes -= parcel.payload.length;
          if (failure === null) resolve();
          else reject(failure);
        },
      };
      const cancel = this.#timers.after(timeoutMs, () => this.#expire(slip));
      this.#bytes += parcel.payload.length;
      this.#waiting.push(slip);
      this.#pump();
    });
  }

  /** The link is up: sends through `send` until `lose` is called. */
  open(send: Send): void {
    if (this.#closed) return;
    this.#send = send;
    this.#pump();
  }

  /** The link is lost. */
  lose(): void {
    this.#send = null;
    const lost = [...this.#inFlight];
    this.#inFlight.clear();
    for (const slip of lost) {
      if (slip.qos === 0) slip.settle(new Failure('UNAVAILABLE', 'the MQTT link was lost'));
    }
    this.#waiting = [...lost.filter((slip) => !slip.settled), ...this.#waiting];
  }

  /** Gives up everything. */
  close(): void {
    this.#closed = true;
    this.lose();
    for (const slip of this.#waiting) slip.settle(new Failure('UNAVAILABLE', 'the MQTT bus is closed'));
    this.#waiting = [];
  }

  #pump(): void {
    while (this.#send !== null && this.#inFlight.size < this.#limits.windowMax) {
      const slip = this.#waiting.shift();
      if (slip === undefined) return;
      if (slip.settled) continue;
      this.#inFlight.add(slip);
      this.#send(slip, () => {
        slip.settle(null);
        if (this.#inFlight.delete(slip)) this.#pump();
      });
    }
  }

  /** A slip in flight keeps its place in the window: the broker may still be busy with it. */
  #expire(slip: Slip): void {
    if (this.#inFlight.has(slip)) {
      slip.settle(new Failure('DEADLINE_EXCEEDED', 'the MQTT broker did not acknowledge in time'));
    } else {
      this.#waiting = this.#waiting.filter((other) => other !== slip);
      slip.settle(new Failure('UNAVAILABLE', 'no MQTT broker could be reached in time'));
    }
  }
}
