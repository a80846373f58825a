/**
 * What clients ask of a mesh and are answered: commands under request keys, and queries. Each answer carries the index of
 * what it speaks of; of its content only what the door showed.
 */
import type { Door, Operation } from '../../src/ledger/command.js';
import type { Query, ReplyTo } from '../../src/ledger/query.js';
import type { Result } from '../../src/ledger/result.js';
import type { AnsweredAttempt, Attempt, HistoryEvent } from './history.js';
import type { Seen } from './seen.js';

export interface CommandCall {
  readonly kind: 'command';
  readonly holder: string;
  /** Chosen by the client; a retry of the same request has the same one. */
  readonly requestKey: string;
  readonly door: Door;
  /** Of this attempt alone, 32 hex digits; '' where the door takes none. The log then tells who wrote an entry. */
  readonly traceId: string;
  readonly operation: Operation;
}

export interface QueryCall {
  readonly kind: 'query';
  readonly query: Query;
  /** `either`: a door that gives a stale view where it cannot give a linearizable one, and says so. */
  readonly consistency: 'linearizable' | 'stale' | 'either';
}

export type MeshCall = CommandCall | QueryCall;

export interface CommandReply {
  readonly kind: 'result';
  /** Of the entry that decided it; of a repeat the first one's. */
  readonly index: number;
  /** Ledger time of that entry; null where the door does not tell it. */
  readonly atMs: number | null;
  readonly result: Seen<Result>;
}

export interface QueryReply {
  readonly kind: 'view';
  /** Up to which the ledger that answered was applied. */
  readonly index: number;
  /** Ledger time that the view speaks of; null where the door does not tell it. */
  readonly atMs: number | null;
  /** Whether the door said that it may be behind. */
  readonly stale: boolean;
  readonly view: Seen<ReplyTo<Query>>;
}

export type MeshReply = CommandReply | QueryReply;

export type MeshEvent = HistoryEvent<MeshCall, MeshReply>;
export type MeshAttempt = Attempt<MeshCall, MeshReply>;
export type CommandAttempt = Attempt<CommandCall, CommandReply>;
export type QueryAttempt = Attempt<QueryCall, QueryReply>;
export type AnsweredCommand = AnsweredAttempt<CommandCall, CommandReply>;
export type AnsweredQuery = AnsweredAttempt<QueryCall, QueryReply>;

/** Commands and queries apart. Throws an Error('history: …') when a command is answered with a view or the reverse. */
export function sortedByKind(attempts: readonly MeshAttempt[]): {
  readonly commands: readonly CommandAttempt[];
  readonly queries: readonly QueryAttempt[];
} {
  const commands: CommandAttempt[] = [];
  const queries: QueryAttempt[] = [];
  for (const attempt of attempts) {
    const { call, outcome, id } = attempt;
    const answeredWith = outcome.kind === 'answered' ? outcome.reply.kind : null;
    if (answeredWith === (call.kind === 'command' ? 'view' : 'result')) {
      throw new Error(`history: attempt ${id}, a ${call.kind}, is answered with a ${answeredWith}`);
    }
    if (call.kind === 'command') commands.push(attempt as CommandAttempt);
    else queries.push(attempt as QueryAttempt);
  }
  return { commands, queries };
}
