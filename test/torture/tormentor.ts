/**
 * A client that makes trouble: it wants what others want, asks any node, waits too short, asks again under its key, and
 * changes its mind. Everything is written down for the checker.
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Door, Operation } from '../../src/ledger/command.js';
import type { CommandReply, MeshCall } from '../checker/mesh-history.js';
import type { NodeProcess } from '../support/node-process.js';
import type { Heard, Recorder } from './recorder.js';
import { RestWay } from './rest-way.js';
import type { Way } from './way.js';
import { type Trip, wish } from './wishes.js';

/** Mostly patient, for otherwise nobody would learn anything. */
const TIMEOUTS_MS = [60, 200, 800, 3_000, 8_000, 8_000];
const TRIES_MAX = 12;

export interface Temper {
  /** What it is after next, given what it has. */
  readonly wants?: typeof wish;
  readonly way?: Way;
  /** One of these is how long it waits for an answer. */
  readonly timeoutsMs?: readonly number[];
  /** Waited for before each attempt. */
  readonly pace?: () => Promise<void>;
}

export class Tormentor {
  /** Its reservations, as it was told of them. */
  readonly #trips = new Map<string, Trip>();
  #waitIds: string[] = [];
  #held: readonly string[] = [];
  readonly #temper: Required<Temper>;

  /** `nodes`: whom it asks. */
  constructor(
    private readonly holder: string,
    private readonly nodes: readonly NodeProcess[],
    private readonly recorder: Recorder,
    temper: Temper = {},
  ) {
    this.#temper = {
      wants: wish,
      way: new RestWay(),
      timeoutsMs: TIMEOUTS_MS,
      pace: () => Promise.resolve(),
      ...temper,
    };
  }

  /** Goes on until told to end. Rejects when an answer is none that a sound request may get. */
  async run(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      if (randomInt(100) < 15) await this.#look();
      else {
        const { operation, door } = this.#temper.wants([...this.#trips.values()], this.#waitIds, this.#held);
        await this.#want(operation, door === 'rest' ? this.#temper.way.door : door, goesOn);
      }
    }
  }

  async #want(operation: Operation, door: Door, goesOn: () => boolean): Promise<void> {
    const requestKey = randomUUID();
    for (let tries = 0; tries < TRIES_MAX && (tries === 0 || goesOn()); tries += 1) {
      const reply = await this.#try(operation, door, requestKey);
      if (reply === null) continue;
      this.#heard(operation, reply);
      // Now and then the answer got lost on the way home.
      if (randomInt(100) < 8) await this.#try(operation, door, requestKey);
      return;
    }
  }

  async #try(operation: Operation, door: Door, requestKey: string): Promise<CommandReply | null> {
    const traceId = this.#temper.way.traces ? randomBytes(16).toString('hex') : '';
    const { holder } = this;
    const heard = await this.#ask({ kind: 'command', holder, requestKey, door, traceId, operation });
    return heard.kind === 'answer' ? (heard.reply as CommandReply) : null;
  }

  async #look(): Promise<void> {
    const queries = this.#temper.way.queries(this.holder);
    const call = queries[randomInt(queries.length)]!;
    const heard = await this.#ask(call);
    if (heard.kind !== 'answer' || heard.reply.kind !== 'view') return;
    if (call.query.kind === 'open-reservations') this.#saw(heard.reply.view as readonly Trip[]);
  }

  /** One attempt at one node, written down. */
  async #ask(call: MeshCall): Promise<Heard> {
    const { way, timeoutsMs, pace } = this.#temper;
    await pace();
    const node = this.nodes[randomInt(this.nodes.length)]!;
    const end = this.recorder.begin(this.holder, call);
    const heard = await way.ask(node, call, this.holder, timeoutsMs[randomInt(timeoutsMs.length)]!);
    end(heard);
    return heard;
  }

  #heard(operation: Operation, { result }: CommandReply): void {
    if (result.kind === 'released' || (result.kind === 'refused' && operation.kind === 'release'))
      this.#held = [];
    if (result.kind === 'waiting') this.#waitIds = [...this.#waitIds, result.waitId!].slice(-4);
    if (operation.kind === 'leave-waitlist') {
      this.#waitIds = this.#waitIds.filter((id) => id !== operation.waitId);
    }
    if (result.kind === 'updated') {
      this.#trips.set(result.reservationId!, {
        id: result.reservationId!,
        state: result.state!,
        stops: result.stops as Trip['stops'],
      });
      if (result.state !== 'HELD' && result.state !== 'CONFIRMED') this.#trips.delete(result.reservationId!);
    }
    if (result.kind === 'refused' && result.reason === 'ALREADY_ENDED' && 'reservationId' in operation) {
      this.#trips.delete(operation.reservationId);
    }
    if (result.kind !== 'reserved' && result.kind !== 'trip-declared') return;
    const { reservationId: id, stops } = result;
    // A documented route names points only.
    if (id === undefined) {
      this.#held = (stops ?? []).map(({ pointId }) => pointId!);
      return;
    }
    const isHeld = 'holdMs' in operation && operation.holdMs > 0;
    const planned = (stops ?? []).map((stop) => ({ ...stop, state: 'PLANNED' })) as Trip['stops'];
    this.#trips.set(id, { id, state: isHeld ? 'HELD' : 'CONFIRMED', stops: planned });
  }

  #saw(trips: readonly Trip[]): void {
    this.#trips.clear();
    for (const trip of trips) this.#trips.set(trip.id, trip);
  }
}
