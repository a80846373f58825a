/**
 * What a node tells without being asked: which of the nodes tells it, when, and how fast.
 *
 * 1. With a broker of its own each node tells its own clients. On a shared broker the Raft leader alone tells; who
 *    becomes leader, or finds the broker again, begins anew: what its predecessor left untold is in the ledger.
 * 2. What is told follows from the ledger at the time of telling, not from what is remembered here; so a wave of
 *    entries costs each subject no more than its share, and what could not be published waits for the next round.
 */
import type { Logger } from '../observe/logger.js';
import { Failure } from '../replica/failure.js';
import type { AppliedEvent, Mesh } from '../replica/mesh.js';
import type { MqttBus } from './bus.js';
import type { Timers } from './timers.js';

/** Something that is told: notices, the state of points. */
export interface Subject {
  /** Everything is to be told anew. */
  begin(): void;
  /** Somebody else tells from now on. */
  end(): void;
  applied(event: AppliedEvent): void;
  /** Whether something waits to be told. */
  waits(): boolean;
  /** Tells a bounded part of what waits. Rejects with a Failure; what was not told waits on. */
  tell(): Promise<void>;
}

export interface AnnouncerOptions {
  readonly bus: MqttBus;
  readonly mesh: Mesh;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** How often a node on a shared broker looks whether it leads. */
const LOOK_EVERY_MS = 100;

/** Least time between two rounds, and after one that failed. */
const ROUND_GAP_MS = 10;
const FAILED_GAP_MS = 1_000;

/** How long `close` waits for a round: a broker that is away would hold it up for longer. */
const CLOSE_MS = 500;

export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #subjects: readonly Subject[];
  readonly #ends: ReadonlyArray<() => void>;
  #speaks = false;
  #cancelLook = (): void => {};
  #cancelRound: (() => void) | null = null;
  #round: Promise<void> | null = null;
  #closed = false;

  /** Tells until it is closed. */
  constructor(subjects: readonly Subject[], options: AnnouncerOptions) {
    this.#options = options;
    this.#subjects = subjects;
    const { mesh, bus } = options;
    this.#ends = [
      mesh.onApplied(
        (event) => this.#applied(event),
        () => this.#begin(),
      ),
      bus.onReconnected(() => this.#begin()),
    ];
    this.#look();
  }

  /** Whether this node is the one that tells. */
  get speaks(): boolean {
    return this.#speaks;
  }

  /** Something waits now that no entry of the ledger brought. */
  wake(): void {
    if (this.#closed || !this.#speaks || this.#round !== null || this.#cancelRound !== null) return;
    this.#roundIn(ROUND_GAP_MS);
  }

  /** Resolves once the round under way is over, or has had a moment to be: what it leaves untold is in the ledger. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const end of this.#ends) end();
    this.#cancelLook();
    this.#cancelRound?.();
    if (this.#round === null) return;
    let cancel = (): void => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.timers.after(CLOSE_MS, resolve);
    });
    await Promise.race([this.#round, late]);
    cancel();
  }

  #look(): void {
    const { bus, mesh, timers } = this.#options;
    const speaks = !bus.shared || mesh.status().role === 'leader';
    if (speaks !== this.#speaks) {
      this.#speaks = speaks;
      if (speaks) this.#begin();
      else for (const subject of this.#subjects) subject.end();
    }
    // Who has a broker of its own speaks for good.
    if (bus.shared) this.#cancelLook = timers.after(LOOK_EVERY_MS, () => this.#look());
  }

  #begin(): void {
    if (!this.#speaks) return;
    for (const subject of this.#subjects) subject.begin();
    this.wake();
  }

  #applied(event: AppliedEvent): void {
    if (!this.#speaks || event.events.length === 0) return;
    for (const subject of this.#subjects) subject.applied(event);
    if (this.#waits()) this.wake();
  }

  #roundIn(delayMs: number): void {
    this.#cancelRound = this.#options.timers.after(delayMs, () => {
      this.#cancelRound = null;
      this.#round = this.#tellAll().then((gapMs) => {
        this.#round = null;
        if (!this.#closed && this.#speaks && this.#waits()) this.#roundIn(gapMs);
      });
    });
  }

  /** Resolves with the time until the next round may begin. Never rejects. */
  async #tellAll(): Promise<number> {
    let gapMs = ROUND_GAP_MS;
    for (const subject of this.#subjects) {
      if (!subject.waits()) continue;
      try {
        await subject.tell();
      } catch (error) {
        gapMs = FAILED_GAP_MS;
        if (!(error instanceof Failure)) {
          this.#options.logger.error({ err: error }, 'MQTT: telling failed for a reason nobody foresaw');
        }
      }
    }
    return gapMs;
  }

  #waits(): boolean {
    return this.#subjects.some((subject) => subject.waits());
  }
}
