/**
 * A mesh that behaves, told step by step: one real ledger behind a log, clients whose calls take effect exactly when the
 * teller says so, and three nodes that have it all in the end. Whatever is told, the run is a correct one; tests that
 * want a wrong one change it afterwards.
 */
import type { Command, LedgerEntry, Operation } from '../../../src/ledger/command.js';
import { Ledger } from '../../../src/ledger/ledger.js';
import type { Answer } from '../../../src/ledger/result.js';
import { DAY_MS, point, route, START_MS } from '../../ledger/log.js';
import type { CommandCall, MeshCall, MeshEvent, MeshReply, QueryReply } from '../mesh-history.js';
import { versionOf } from '../model/judged.js';
import type { LoggedEntry, NodeRecord, Run } from '../run.js';
import { canonicalText } from '../seen.js';

export const NODES = ['n1', 'n2', 'n3'];
export const POINTS = ['1', '2', '3', '4'];

const BASE_INDEX = 1;
const TERM = 2;
const NOT_AFTER_MS = 5_000;

interface Told {
  readonly call: MeshCall;
  readonly client: string;
  readonly notAfterMs: number;
  /** What its own entry, or another of the same request, decided; what its query saw. */
  reply: MeshReply | null;
}

export class Story {
  readonly events: MeshEvent[] = [];
  readonly log: LoggedEntry[] = [];
  /** Ledger time that the next entry is stamped with. */
  atMs = START_MS;
  #ledger = Ledger.empty();
  readonly #told: Told[] = [];
  /** The answer kept for each request. */
  readonly #decided = new Map<string, MeshReply>();
  #clock = 0;

  /** Begins with a no-op of the new leader, two companies, their points, and a route over all of them. */
  constructor() {
    this.#ledger.skip(BASE_INDEX, 1);
    this.log.push({ index: BASE_INDEX + 1, term: TERM, content: null });
    this.#ledger.skip(BASE_INDEX + 1, TERM);
    const company = (displayId: string): Operation => ({ kind: 'register-company', name: 'N', displayId });
    this.#byNode('empresa_a', company('1'));
    this.#byNode('empresa_b', company('2'));
    POINTS.forEach((id, i) => {
      this.#byNode(i % 2 === 0 ? 'empresa_a' : 'empresa_b', point(id, `Cidade ${id}`));
    });
    this.#byNode('empresa_a', route('7', [...POINTS], [1_000, 2_000, 3_000]));
  }

  /** From now on the mesh runs version 2. Tells what the companies say then, in their order. */
  raise(...says: readonly (readonly [company: string, operation: Operation])[]): this {
    this.#byNode('empresa_a', { kind: 'raise-version', ledgerVersion: 2 });
    for (const [company, operation] of says) this.#byNode(company, operation);
    return this;
  }

  get lastIndex(): number {
    return BASE_INDEX + this.log.length;
  }

  /** The log as far as it was before any client came. */
  static before(): readonly LedgerEntry[] {
    return new Story().log.flatMap(({ content }) => (content === null ? [] : [content]));
  }

  /** A client begins. Returns the number of the attempt. */
  begin(client: string, call: MeshCall): number {
    const attempt = this.#told.length;
    this.#told.push({ call, client, notAfterMs: this.atMs + NOT_AFTER_MS, reply: null });
    this.events.push({ event: 'invoke', attempt, client, realMs: this.#tick(), call });
    return attempt;
  }

  /** A copy of the attempt's command comes into the log now. */
  commit(attempt: number): Answer {
    const told = this.#told[attempt]!;
    if (told.call.kind !== 'command') throw new Error('only commands come into the log');
    const answer = this.#append(commandOf(told.call, told.notAfterMs));
    const reply: MeshReply = { kind: 'result', ...answer };
    told.reply = reply;
    if (answer.result.kind !== 'refused' || !isTurnedAway(answer.result.reason)) {
      this.#decided.set(nameOf(told.call), reply);
    }
    return answer;
  }

  /** The attempt's query sees the state at `index`, as if it were `atMs`. */
  see(attempt: number, index = this.lastIndex, atMs = this.atMs): void {
    const told = this.#told[attempt]!;
    if (told.call.kind !== 'query') throw new Error('only queries see');
    const reply = this.#at(index).query(told.call.query, atMs);
    // How many dead keys wait to be removed is no rule of the ledger, so that no view of it can be judged.
    const view = told.call.query.kind === 'totals' ? { ...reply, requestKeys: undefined } : reply;
    const { consistency } = told.call;
    const stale = consistency === 'stale' || (consistency === 'either' && index < this.lastIndex);
    told.reply = { kind: 'view', index, atMs, stale, view: view as QueryReply['view'] };
  }

  /** What the attempt would be answered now; null while nothing is decided. */
  replyTo(attempt: number): MeshReply | null {
    const { call, reply } = this.#told[attempt]!;
    return reply ?? (call.kind === 'command' ? (this.#decided.get(nameOf(call)) ?? null) : null);
  }

  /** The client is answered, as was decided unless `as` changes it. */
  answer(attempt: number, as: (reply: MeshReply) => MeshReply = (reply) => reply): void {
    const reply = this.replyTo(attempt);
    if (reply === null) throw new Error(`nothing is decided for attempt ${attempt}`);
    this.events.push({ event: 'answer', attempt, realMs: this.#tick(), reply: as(reply) });
  }

  unknown(attempt: number): void {
    this.events.push({ event: 'unknown', attempt, realMs: this.#tick(), reason: 'timeout' });
  }

  denied(attempt: number): void {
    this.events.push({ event: 'denied', attempt, realMs: this.#tick(), reason: 'UNAVAILABLE' });
  }

  /** All at once: the client asks, it is decided, the client is answered. Returns the attempt. */
  does(client: string, call: MeshCall, as?: (reply: MeshReply) => MeshReply): number {
    const attempt = this.begin(client, call);
    if (call.kind === 'command') this.commit(attempt);
    else this.see(attempt);
    this.answer(attempt, as);
    return attempt;
  }

  /** Ledger time passes, and what falls due ends. */
  pass(ms: number): void {
    this.atMs += ms;
    while ((this.#ledger.nextDeadlineMs() ?? Number.POSITIVE_INFINITY) <= this.atMs) {
      this.#append({ ...nodeCommand('empresa_a', this.atMs), requestKey: '', operation: { kind: 'expire' } });
    }
  }

  /** The run as it is left: three nodes that have all of the log. */
  run(): Run {
    const rows = [...this.#ledger.rows()];
    const { digest, appliedIndex } = this.#ledger.meta();
    const nodes = NODES.map((node): NodeRecord => ({ node, log: [...this.log], appliedIndex, digest, rows }));
    return { history: [...this.events], baseIndex: BASE_INDEX, nodes, endedAtMs: this.atMs };
  }

  #byNode(originCompany: string, operation: Operation): void {
    const requestKey = `seed-${this.log.length}`;
    const ledgerVersion = versionOf(operation);
    this.#append({ ...nodeCommand(originCompany, this.atMs), ledgerVersion, requestKey, operation });
  }

  #append(command: Command): Answer {
    const index = this.lastIndex + 1;
    const content = { index, atMs: this.atMs, command };
    this.log.push({ index, term: TERM, content });
    return this.#ledger.apply(content, TERM).answer;
  }

  /** The ledger as it was at an index. */
  #at(index: number): Ledger {
    if (index === this.lastIndex) return this.#ledger;
    const ledger = Ledger.empty();
    ledger.skip(BASE_INDEX, 1);
    for (const { index: next, term, content } of this.log.slice(0, index - BASE_INDEX)) {
      if (content === null) ledger.skip(next, term);
      else ledger.apply(content, term);
    }
    return ledger;
  }

  #tick(): number {
    this.#clock += 1;
    return this.#clock;
  }
}

function commandOf(call: CommandCall, notAfterMs: number): Command {
  const { holder, requestKey, door, traceId, operation } = call;
  return {
    ledgerVersion: versionOf(operation),
    requestKey,
    keyKind: 'client',
    holder,
    door,
    originCompany: 'empresa_a',
    traceId: traceId === '' ? 'f'.repeat(32) : traceId,
    notAfterMs,
    operation,
  };
}

function nodeCommand(originCompany: string, atMs: number): Omit<Command, 'requestKey' | 'operation'> {
  return {
    ledgerVersion: 1,
    keyKind: 'node',
    holder: originCompany,
    door: 'node',
    originCompany,
    traceId: '0'.repeat(32),
    notAfterMs: atMs + DAY_MS,
  };
}

function isTurnedAway(reason: string): boolean {
  return ['KEY_REUSED', 'TOO_MANY_KEYS', 'TOO_LATE', 'VERSION_NOT_RAISED'].includes(reason);
}

function nameOf({ holder, requestKey, operation }: CommandCall): string {
  return canonicalText([holder, requestKey, operation]);
}
