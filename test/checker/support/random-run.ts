/**
 * Random correct runs from a seed: clients that retry, misuse keys, time out and are turned away, commands that come
 * into the log late, twice or never, queries at any age, and now and then time that passes.
 */
import type { Operation, WantedStop } from '../../../src/ledger/command.js';
import type { Query } from '../../../src/ledger/query.js';
import { HOUR_MS, MINUTE_MS } from '../../ledger/log.js';
import { Chance } from '../../sim/chance.js';
import type { CommandCall, MeshCall, MeshReply } from '../mesh-history.js';
import { ALL_POINTS, either, linearizable, releaseNow, stale, WINDOW_MS } from './calls.js';
import { POINTS, Story } from './story.js';

export interface RandomRunOptions {
  readonly steps: number;
  readonly clients: number;
  /** Without it ledger time stands still and nobody asks for reservations: then a run can be searched, too. */
  readonly timePasses: boolean;
}

/** A story of `steps` steps; the same seed tells the same one. */
export function randomStory(seed: number, options: RandomRunOptions): Story {
  const teller = new Teller(new Chance(seed), options);
  for (let step = 0; step < options.steps; step += 1) teller.step();
  teller.end();
  return teller.story;
}

interface Pending {
  readonly attempt: number;
  readonly client: string;
  readonly call: MeshCall;
}

class Teller {
  readonly story = new Story();
  readonly #chance: Chance;
  readonly #options: RandomRunOptions;
  readonly #traced: boolean;
  readonly #idle: string[];
  readonly #pending: Pending[] = [];
  /** Given up by their clients; their commands may come into the log all the same. */
  readonly #lingering: Pending[] = [];
  readonly #asked: CommandCall[] = [];
  #keys = 0;
  #traces = 0;

  constructor(chance: Chance, options: RandomRunOptions) {
    this.#chance = chance;
    this.#options = options;
    this.#traced = chance.hits(700_000);
    this.#idle = Array.from({ length: options.clients }, (_, i) => `client-${i + 1}`);
  }

  step(): void {
    const dice = this.#chance.below(100);
    if (dice < 35) this.#begin();
    else if (dice < 60) this.#decide(this.#pending);
    else if (dice < 88) this.#finish();
    else if (dice < 95) this.#decide(this.#lingering);
    else if (this.#options.timePasses) {
      this.story.pass(this.#chance.pick([1, 1_000, 4_000, MINUTE_MS, HOUR_MS]));
    }
  }

  /** What is due ends; who still waits is never answered. */
  end(): void {
    this.story.pass(this.#options.timePasses ? MINUTE_MS : 0);
  }

  #begin(): void {
    const client = this.#idle.shift();
    if (client === undefined) return;
    const call = this.#chance.hits(300_000) ? this.#query() : this.#command();
    this.#pending.push({ attempt: this.story.begin(client, call), client, call });
  }

  /** A command comes into the log, perhaps once more; a query sees something. */
  #decide(some: readonly Pending[]): void {
    if (some.length === 0) return;
    const { attempt, call } = this.#chance.pick(some);
    if (call.kind === 'command') {
      if (this.story.replyTo(attempt) === null || this.#chance.hits(100_000)) this.story.commit(attempt);
    } else if (call.consistency === 'linearizable') {
      this.story.see(attempt);
    } else {
      const { lastIndex } = this.story;
      // Not before the points were registered: what is seen then is of no interest.
      this.story.see(attempt, Math.max(9, lastIndex - this.#chance.below(6)));
    }
  }

  #finish(): void {
    if (this.#pending.length === 0) return;
    const at = this.#chance.below(this.#pending.length);
    const pending = this.#pending[at]!;
    const { attempt, client, call } = pending;
    const isDecided = this.story.replyTo(attempt) !== null;
    // Who waits for an answer mostly waits on.
    if (!isDecided && this.#chance.hits(850_000)) return;
    if (isDecided && this.#chance.hits(920_000)) {
      this.story.answer(attempt, (told) => this.#asTheDoorTells(told));
    } else if (call.kind === 'query' || (!isDecided && this.#chance.hits(500_000))) {
      this.story.denied(attempt);
    } else {
      this.story.unknown(attempt);
      this.#lingering.push(pending);
    }
    this.#pending.splice(at, 1);
    this.#idle.push(client);
  }

  #command(): CommandCall {
    if (this.#asked.length > 0 && this.#chance.hits(250_000)) {
      const again = this.#chance.pick(this.#asked);
      const operation = this.#chance.hits(150_000) ? this.#operation() : again.operation;
      return { ...again, operation, traceId: this.#trace() };
    }
    this.#keys += 1;
    const call: CommandCall = {
      kind: 'command',
      holder: this.#chance.pick(['ana', 'bia', 'caio']),
      requestKey: `key-${this.#keys}`,
      door: this.#chance.pick(['legacy-rest', 'rest']),
      traceId: this.#trace(),
      operation: this.#operation(),
    };
    this.#asked.push(call);
    return call;
  }

  #operation(): Operation {
    const pointIds = this.#chance.some(POINTS, this.#chance.pick([1, 1, 2, 3]));
    if (this.#chance.hits(350_000)) {
      return { ...releaseNow(...pointIds), mode: this.#chance.pick(['all-or-none', 'any']) } as Operation;
    }
    const stops = pointIds.map(
      (pointId): WantedStop => ({
        pointId,
        company: this.#chance.pick(['', '', '', 'empresa_a', '2']),
        startMs: this.#chance.hits(600_000) ? 'now' : this.story.atMs + this.#chance.below(6) * HOUR_MS,
        durationMs: this.#chance.pick([MINUTE_MS, HOUR_MS, WINDOW_MS]),
      }),
    );
    return { kind: 'reserve', stops, holdMs: this.#chance.pick([0, 0, 2_000]) };
  }

  #query(): MeshCall {
    const pointId = this.#chance.pick(POINTS);
    const queries: readonly Query[] = [
      { kind: 'point', pointId, windowMs: WINDOW_MS },
      ALL_POINTS,
      { kind: 'points-between', from: 'Cidade 1', to: 'Cidade 3', windowMs: HOUR_MS },
      { kind: 'totals' },
      { kind: 'holder-now', pointId },
      { kind: 'open-reservations', holder: 'ana' },
      { kind: 'reservation', reservationId: `r${this.story.lastIndex - 2}` },
    ];
    const ask = this.#chance.pick([linearizable, linearizable, stale, either]);
    return ask(this.#chance.pick(this.#options.timePasses ? queries : queries.slice(0, 3)));
  }

  /** Some doors tell neither the ledger time of an answer nor all of its content. */
  #asTheDoorTells(reply: MeshReply): MeshReply {
    if (!this.#options.timePasses) return reply;
    const atMs = this.#chance.hits(300_000) ? null : reply.atMs;
    if (reply.kind === 'view' || reply.result.kind !== 'reserved' || this.#chance.hits(700_000))
      return { ...reply, atMs };
    const stops = reply.result.stops?.map(({ pointId }) => ({ pointId: pointId! }));
    return { ...reply, atMs, result: { kind: 'reserved', stops: stops ?? [] } };
  }

  #trace(): string {
    this.#traces += 1;
    return this.#traced ? this.#traces.toString(16).padStart(32, '0') : '';
  }
}
