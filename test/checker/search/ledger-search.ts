/**
 * The ledger as a thing that the search knows: for short histories whose answers carry no index.
 *
 * 1. Ledger time stands still: the history is so short that nothing falls due in it.
 * 2. Points that no call has in common have nothing to do with each other, unless a request key or a query over all
 *    of them connects them.
 */
import type { Command, LedgerEntry } from '../../../src/ledger/command.js';
import type { Query } from '../../../src/ledger/query.js';
import type { Attempt } from '../history.js';
import type { CommandCall, MeshAttempt, MeshCall, MeshReply } from '../mesh-history.js';
import { versionOf } from '../model/judged.js';
import { applyEntry } from '../model/ledger-model.js';
import { LedgerState } from '../model/state.js';
import { isOpenStop } from '../model/stops.js';
import { viewOf } from '../model/views.js';
import { canonicalText, difference } from '../seen.js';
import { connected } from './connected.js';
import { linearize, type SearchOptions, type SearchVerdict } from './linearize.js';
import type { SearchModel } from './search-model.js';

export interface LedgerSearch {
  /** What the log held before the history began: companies, points, perhaps reservations. */
  readonly before: readonly LedgerEntry[];
  /** The moment of ledger time at which all of it happens; not before that of `before`. */
  readonly nowMs: number;
}

/**
 * Searches for an order in which one ledger alone could have given these answers. Indexes, ledger times and what is
 * named after them are not looked at; stale views constrain nothing. Throws for queries about reservations, which
 * cannot be named without their index, and for commands of version 2, which name them, too.
 */
export function linearizeLedger(
  attempts: readonly MeshAttempt[],
  search: LedgerSearch,
  options?: SearchOptions,
): SearchVerdict<MeshCall, MeshReply> {
  const bound = attempts.filter((attempt) => !isStale(attempt));
  return linearize(bound, ledgerModel(bound, search), options);
}

function isStale({ outcome }: MeshAttempt): boolean {
  return outcome.kind === 'answered' && outcome.reply.kind === 'view' && outcome.reply.stale;
}

function ledgerModel(
  attempts: readonly MeshAttempt[],
  { before, nowMs }: LedgerSearch,
): SearchModel<LedgerState, MeshCall, MeshReply> {
  const initial = new LedgerState();
  for (const entry of before) applyEntry(initial, entry);
  initial.nowMs = nowMs;
  const numbers = requestNumbers(attempts);
  const retried = retriedKeys(attempts);
  const counted = attempts.some(({ call }) => call.kind === 'query' && call.query.kind === 'totals');
  const texts = new WeakMap<LedgerState, string>();
  return {
    initial,
    step(state, call, reply) {
      if (call.kind === 'query') {
        const view = viewOf(state, answerable(call.query), nowMs);
        return reply === null || (reply.kind === 'view' && difference(reply.view, view) === null)
          ? [state]
          : [];
      }
      if (versionOf(call.operation) > 1)
        throw new Error(`search: ${call.operation.kind} is beyond version 1`);
      const next = state.clone();
      // The same request has the same number in whatever order it is tried, so that equal states look equal.
      const index = before.length + numbers.get(requestName(call))!;
      const { result } = applyEntry(next, { index, atMs: nowMs, command: commandOf(call) }).answer;
      // A refusal that nobody heard changed nothing, unless its key is used again.
      if (reply === null) return result.kind === 'refused' && !retried.has(keyName(call)) ? [state] : [next];
      return reply.kind === 'result' && isTold(reply, result) ? [next] : [];
    },
    textOf(state) {
      const text = texts.get(state) ?? textOf(state, retried, counted);
      texts.set(state, text);
      return text;
    },
    isRead: (call) => call.kind === 'query',
    partsOf: (all) => connected(all, ({ call }) => thingsOf(call)),
  };
}

/** What matters for all that may come: open reservations, keys that are used again, and counts if someone asks. */
function textOf(state: LedgerState, retried: ReadonlySet<string>, counted: boolean): string {
  const open = [...state.open()].map(({ holder, documented, stops }) =>
    canonicalText([
      holder,
      documented,
      stops
        .filter((stop) => isOpenStop(stop.state))
        .map(({ pointId, startMs, endMs }) => `${pointId} ${startMs} ${endMs}`)
        .sort(),
    ]),
  );
  const kept = [...state.keys.all.values()].filter((each) => retried.has(keyName(each))).map(canonicalText);
  const { companies, points, routes, reservations } = state;
  const registered = [companies, points, routes].map((table) =>
    [...table.values()].map(canonicalText).sort(),
  );
  return canonicalText([open.sort(), kept.sort(), registered, counted ? reservations.size : 0]);
}

/** Keys under which more than one attempt was made. */
function retriedKeys(attempts: readonly Attempt<MeshCall, MeshReply>[]): ReadonlySet<string> {
  const once = new Set<string>();
  const again = new Set<string>();
  for (const { call } of attempts) {
    if (call.kind !== 'command') continue;
    const name = keyName(call);
    if (once.has(name)) again.add(name);
    once.add(name);
  }
  return again;
}

function keyName({ holder, requestKey }: Pick<CommandCall, 'holder' | 'requestKey'>): string {
  return canonicalText([holder, requestKey]);
}

function isTold({ result }: Extract<MeshReply, { kind: 'result' }>, decided: object): boolean {
  const named = { reservationId: undefined, detail: undefined };
  return difference({ ...result, ...named }, decided) === null;
}

function requestNumbers(attempts: readonly Attempt<MeshCall, MeshReply>[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const { call } of attempts) {
    if (call.kind !== 'command') continue;
    const name = requestName(call);
    if (!numbers.has(name)) numbers.set(name, numbers.size + 1);
  }
  return numbers;
}

function requestName({ holder, requestKey, operation }: CommandCall): string {
  return canonicalText([holder, requestKey, operation]);
}

function commandOf({ holder, requestKey, door, traceId, operation }: CommandCall): Command {
  return {
    ledgerVersion: 1,
    requestKey,
    keyKind: 'client',
    holder,
    door,
    originCompany: '',
    traceId,
    notAfterMs: Number.MAX_SAFE_INTEGER,
    operation,
  };
}

function answerable(query: Query): Query {
  if (query.kind === 'reservation' || query.kind === 'open-reservations' || query.kind === 'holder-now') {
    throw new Error(`search: ${query.kind} names reservations, which have no names without indexes`);
  }
  return query;
}

/** What a call touches; null: everything. */
function thingsOf(call: MeshCall): readonly string[] | null {
  if (call.kind === 'query') return call.query.kind === 'point' ? [`point ${call.query.pointId}`] : null;
  const { operation } = call;
  const key = `key ${keyName(call)}`;
  switch (operation.kind) {
    case 'reserve':
      return [key, ...operation.stops.map(({ pointId }) => `point ${pointId}`)];
    case 'release':
      return [key, ...operation.pointIds.map((pointId) => `point ${pointId}`)];
    default:
      return null;
  }
}
