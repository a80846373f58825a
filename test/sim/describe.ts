/** What travels between nodes and what is stored, in a few words for the trace. */
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import type { Command } from '../../src/ledger/command.js';
import type { Answer } from '../../src/ledger/result.js';
import type { Entry } from '../../src/raft/entry.js';
import type { Message } from '../../src/raft/message.js';
import type { Batch, Frame } from '../../src/replica/frame.js';
import type { MemberRequest } from '../../src/replica/member-requests.js';

export function describeBatch(batch: Batch): string {
  return batch.frames.map(describeFrame).join(' | ');
}

export function describeCommand({ holder, requestKey, operation }: Command): string {
  return requestKey === '' ? operation.kind : `${operation.kind} of ${holder} under ${requestKey}`;
}

export function describeAnswer({ index, result }: Answer): string {
  const why = result.kind === 'refused' ? ` ${result.reason}` : '';
  return `${result.kind}${why} (entry ${index})`;
}

export function describeRequest(request: MemberRequest): string {
  const { kind } = request;
  return `${kind} ${kind === 'add' || kind === 'replace' ? `${request.member.company} by ${request.member.id}` : request.company}`;
}

export function describeEntries(entries: readonly Entry[]): string {
  const first = entries[0];
  if (first === undefined) return 'nothing';
  const last = entries.at(-1)!;
  const range = first === last ? `${first.index}` : `${first.index}..${last.index}`;
  return `${range} of term ${first.term === last.term ? '' : `${first.term} to `}${last.term}`;
}

function describeFrame(frame: Frame): string {
  switch (frame.kind) {
    case 'raft':
      return describeMessage(frame.message);
    case 'proposal':
      return `proposal ${frame.proposalId}: ${describeCommand(ledgerCodec.decodeCommand(frame.command))}`;
    case 'proposal-refused':
      return `proposal ${frame.proposalId} refused: ${frame.reason}`;
  }
}

function describeMessage(message: Message): string {
  const head = `${message.kind} (term ${message.term})`;
  switch (message.kind) {
    case 'append':
      return `${head} after ${message.prevIndex}/${message.prevTerm}: ${describeEntries(message.entries)}, commit ${message.commit}`;
    case 'append-reply':
      return message.rejected === null
        ? `${head} up to ${message.index}`
        : `${head} not after ${message.index}, perhaps ${message.rejected.hintIndex}/${message.rejected.hintTerm}`;
    case 'heartbeat':
      return `${head} commit ${message.commit}, read round ${message.readSequence}`;
    case 'heartbeat-reply':
      return `${head} read round ${message.readSequence}`;
    case 'vote':
    case 'pre-vote':
      return `${head} log ends at ${message.lastIndex}/${message.lastTerm}${message.transfer ? ', transfer' : ''}`;
    case 'vote-reply':
    case 'pre-vote-reply':
      return `${head} ${message.granted ? 'granted' : 'refused'}`;
    case 'snapshot':
      return `${head} at ${message.snapshot.index}/${message.snapshot.term}`;
    case 'timeout-now':
      return head;
    case 'read-index':
      return `${message.kind} ${message.requestId}`;
    case 'read-index-reply':
      return `${message.kind} ${message.requestId}: index ${message.index}`;
  }
}
