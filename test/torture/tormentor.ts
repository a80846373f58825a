/**
 * A client that makes trouble: it wants what others want, asks any node, waits too short, asks again under its key, and
 * changes its mind. Everything is written down for the checker.
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Door, Operation } from '../../src/ledger/command.js';
import type { CommandReply, MeshCall } from '../checker/mesh-history.js';
import type { NodeProcess } from '../support/node-process.js';
import type { Heard, Recorder } from './recorder.js';
import { heardOfRead, heardOfWrite, pointsView, type RestAnswer, reservationsView } from './rest-answer.js';
import { DOCUMENTED_MS, type RestRequest, requestFor } from './rest-request.js';
import { type Trip, wish } from './wishes.js';

/** Mostly patient, for otherwise nobody would learn anything. */
const TIMEOUTS_MS = [60, 200, 800, 3_000, 8_000, 8_000];
const TRIES_MAX = 12;

export class Tormentor {
  /** Its reservations, as it was told of them. */
  readonly #trips = new Map<string, Trip>();
  #waitIds: string[] = [];
  #held: readonly string[] = [];

  /** `wants`: what it is after next, given what it has. `nodes`: whom it asks. */
  constructor(
    private readonly holder: string,
    private readonly nodes: readonly NodeProcess[],
    private readonly recorder: Recorder,
    private readonly wants: typeof wish = wish,
  ) {}

  /** Goes on until told to end. Rejects when an answer is none that a sound request may get. */
  async run(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      if (randomInt(100) < 15) await this.#look();
      else {
        const { operation, door } = this.wants([...this.#trips.values()], this.#waitIds, this.#held);
        await this.#want(operation, door, goesOn);
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
    const traceId = randomBytes(16).toString('hex');
    const { holder } = this;
    const call: MeshCall = { kind: 'command', holder, requestKey, door, traceId, operation };
    const headers = {
      'Idempotency-Key': requestKey,
      traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
    };
    const heard = await this.#ask(call, requestFor(operation, door), headers, (answer) =>
      heardOfWrite(operation, answer),
    );
    return heard.kind === 'answer' ? (heard.reply as CommandReply) : null;
  }

  async #look(): Promise<void> {
    if (randomInt(3) === 0) {
      const query = { kind: 'points', windowMs: DOCUMENTED_MS } as const;
      const call: MeshCall = { kind: 'query', query, consistency: 'either' };
      await this.#ask(call, { method: 'GET', path: '/points' }, {}, (answer) =>
        heardOfRead(answer, pointsView),
      );
      return;
    }
    const query = { kind: 'open-reservations', holder: this.holder } as const;
    const call: MeshCall = { kind: 'query', query, consistency: 'linearizable' };
    const path = `/v1/reservations?vehicle=${this.holder}&pageSize=200`;
    await this.#ask(call, { method: 'GET', path }, {}, (answer) => {
      const heard = heardOfRead(answer, reservationsView);
      if (heard.kind === 'answer') this.#saw(reservationsView(answer.json) as readonly Trip[]);
      return heard;
    });
  }

  /** One attempt at one node, written down. */
  async #ask(
    call: MeshCall,
    { method, path, body }: RestRequest,
    headers: Readonly<Record<string, string>>,
    read: (answer: RestAnswer) => Heard,
  ): Promise<Heard> {
    const node = this.nodes[randomInt(this.nodes.length)]!;
    const json = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const end = this.recorder.begin(this.holder, call);
    const heard = await fetch(`${node.url}${path}`, {
      method,
      headers: { 'Malha-Vehicle': this.holder, ...json, ...headers },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUTS_MS[randomInt(TIMEOUTS_MS.length)]!),
    })
      .then(answerOf)
      .then(read, lost);
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

async function answerOf(response: Response): Promise<RestAnswer> {
  const { status, headers } = response;
  return { status, headers, json: await response.json() };
}

/** No answer came. Who was refused a connection knows that nobody heard; all else may have happened. */
function lost(error: Error & { readonly cause?: { readonly code?: string } }): Heard {
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return { kind: 'unknown', reason: 'time-out' };
  const code = error.cause?.code;
  if (code === undefined) throw error;
  return { kind: code === 'ECONNREFUSED' ? 'denied' : 'unknown', reason: code };
}
