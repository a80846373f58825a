/**
 * Requests as a door makes them: each is tried at one node and ends in exactly one way, also when that node's
 * process ends first. Everything that is told here goes before the judge.
 */
import type { Door, KeyKind, Operation } from '../../src/ledger/command.js';
import type { Query, ReplyTo } from '../../src/ledger/query.js';
import type { Answer } from '../../src/ledger/result.js';
import { Failure } from '../../src/replica/failure.js';
import type { MemberOutcome, MemberRequest } from '../../src/replica/member-requests.js';
import type { QueryAnswer, QueryOptions } from '../../src/replica/mesh.js';
import type { Coverage } from './coverage.js';
import { describeAnswer, describeRequest } from './describe.js';
import type { Attempt } from './invariants/answers.js';
import type { Judge } from './invariants/judge.js';
import type { SimNode } from './node.js';
import type { Trace } from './trace.js';

/** What a client wants done, once, whoever does it. */
export interface Wish {
  readonly holder: string;
  readonly requestKey: string;
  readonly keyKind: KeyKind;
  readonly door: Door;
  readonly operation: Operation;
}

export type Ending =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** Nothing was proposed. */
  | { readonly kind: 'denied' }
  /** It may have been decided, or may yet be. */
  | { readonly kind: 'unknown' };

export interface RequestsOptions {
  readonly judge: Judge;
  readonly trace: Trace;
  readonly coverage: Coverage;
}

export class Requests {
  private attempts = 0;
  /** What ends with the process of each node. */
  private readonly waiting = new Map<SimNode, Set<() => void>>();

  constructor(private readonly options: RequestsOptions) {}

  /** Asks `node`, which must be up, to do what `wish` says. Calls `done` once. */
  submit(node: SimNode, wish: Wish, timeoutMs: number, done: (ending: Ending) => void): void {
    const { judge, trace, coverage } = this.options;
    const { holder, requestKey, operation } = wish;
    this.attempts += 1;
    const number = this.attempts;
    const traceId = number.toString(16).padStart(32, '0');
    const attempt: Attempt = { traceId, holder, requestKey, operation, node };
    trace.note(
      () => `${holder} asks ${node.name}: ${operation.kind} ${requestKey} (try ${number})`,
      20,
      number,
    );
    const settle = this.waitFor<Ending>(node, { kind: 'unknown' }, (ending) => {
      const what = () => (ending.kind === 'answer' ? describeAnswer(ending.answer) : ending.kind);
      trace.note(() => `${holder} hears ${what()} (try ${number})`, 21, number, ending.kind.length);
      if (ending.kind === 'answer') coverage.count('command answered');
      else coverage.count(ending.kind === 'denied' ? 'nothing proposed' : 'outcome unknown');
      done(ending);
    });
    node.running!.replica.submit({ ...wish, traceId }, { timeoutMs }).then(
      (answer) => {
        if (settle.isOver()) return;
        judge.hear(() => judge.answers.answers(attempt, answer));
        settle({ kind: 'answer', answer });
      },
      (error: unknown) => {
        if (settle.isOver()) return;
        if (!(error instanceof Failure)) {
          judge.defect(node, error as Error);
        } else if (error.code === 'DEADLINE_EXCEEDED') {
          settle({ kind: 'unknown' });
        } else {
          judge.hear(() => judge.answers.denies(attempt));
          settle({ kind: 'denied' });
        }
      },
    );
  }

  /** Asks `node`, which must be up, a question. Calls `done` once, with null when there was no answer. */
  read<Q extends Query>(
    node: SimNode,
    query: Q,
    options: QueryOptions,
    done: (answer: QueryAnswer<ReplyTo<Q>> | null) => void,
  ): void {
    const { judge, trace, coverage } = this.options;
    const floor = judge.answers.lastIndex;
    const linearizable = options.consistency === 'linearizable';
    const settle = this.waitFor<QueryAnswer<ReplyTo<Q>> | null>(node, null, (answer) => {
      coverage.count(
        answer === null ? 'read without an answer' : linearizable ? 'linearizable read' : 'stale read',
      );
      done(answer);
    });
    node.running!.replica.query(query, options).then(
      (answer) => {
        if (settle.isOver()) return;
        const { index } = answer;
        trace.note(() => `${node.name} reads at ${index}`, 22, node.number, index);
        if (linearizable) judge.hear(() => judge.answers.reads(node, floor, index));
        settle(answer);
      },
      (error: unknown) => {
        if (settle.isOver()) return;
        if (!(error instanceof Failure)) judge.defect(node, error as Error);
        settle(null);
      },
    );
  }

  /** Asks `node`, which must be up, for a change of members. Calls `done` once; with null when the outcome is not known. */
  change(
    node: SimNode,
    request: MemberRequest,
    timeoutMs: number,
    done: (outcome: MemberOutcome | null) => void,
  ): void {
    const { judge, trace, coverage } = this.options;
    trace.note(() => `${node.name} is asked: ${describeRequest(request)}`, 23, node.number);
    const settle = this.waitFor<MemberOutcome | null>(node, null, (outcome) => {
      const what = outcome?.kind === 'refused' ? `refused, ${outcome.why}` : (outcome?.kind ?? 'unknown');
      trace.note(() => `${describeRequest(request)} at ${node.name}: ${what}`, 24, node.number, what.length);
      if (outcome === null) coverage.count('change of members unknown');
      else if (outcome.kind === 'done') coverage.count('change of members answered');
      else if (outcome.reason !== 'not-leader') coverage.count('change of members refused');
      done(outcome);
    });
    node.running!.replica.members.change(request, { timeoutMs }).then(
      (outcome) => {
        if (settle.isOver()) return;
        judge.hear(() => judge.changes.answered(node, request, outcome));
        settle(outcome);
      },
      (error: unknown) => {
        if (settle.isOver()) return;
        if (!(error instanceof Failure)) judge.defect(node, error as Error);
        settle(null);
      },
    );
  }

  /** The process of `node` is gone, and with it all that waited there: a write's outcome is unknown, a read's nothing. */
  ended(node: SimNode): void {
    const waiting = this.waiting.get(node);
    this.waiting.delete(node);
    for (const end of waiting ?? []) end();
  }

  /** Registers `done`, called once: with what `settle` is told, or with `lost` when the process ends first. */
  private waitFor<T>(node: SimNode, lost: T, done: (ending: T) => void): Settle<T> {
    const all = this.waiting.get(node) ?? new Set();
    this.waiting.set(node, all);
    let over = false;
    const settle = (ending: T): void => {
      if (over) return;
      over = true;
      all.delete(end);
      done(ending);
    };
    const end = (): void => settle(lost);
    all.add(end);
    return Object.assign(settle, { isOver: () => over });
  }
}

type Settle<T> = ((ending: T) => void) & { readonly isOver: () => boolean };
