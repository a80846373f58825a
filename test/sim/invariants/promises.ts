/**
 * Nothing leaves before the promise it carries is on disk (R2), and no promise is broken.
 *
 * 1. A vote or an acknowledgement that leaves is on the sender's disk: its term, the vote, the entries.
 * 2. A replica votes once in a term, over all its processes (Raft §5.2).
 * 3. A process never starts in an earlier term than one that an earlier process promised something in.
 */
import type { ReplicaId } from '../../../src/raft/entry.js';
import type { Message } from '../../../src/raft/message.js';
import type { SimNode } from '../node.js';
import { demand } from './violation.js';

export class Promises {
  /** To whom each replica gave its vote, by term. */
  private readonly votes = new Map<number, Map<ReplicaId, ReplicaId>>();
  private readonly termPromised = new Map<SimNode, number>();

  /** `message` leaves `node`. */
  sent(node: SimNode, message: Message): void {
    if (message.kind === 'append-reply') {
      this.promised(node, message.term);
      // The leader of a later term may have replaced what was acknowledged before it was on disk: then the one that
      // hears of it had no majority, for that leader's voters did not have the entries.
      if (message.rejected !== null || node.log.hardState.term > message.term) return;
      demand(
        node.log.lastIndex >= message.index,
        'acknowledged means on disk',
        () => `${node.name} acknowledges ${message.index}, its disk ends at ${node.log.lastIndex}`,
      );
    } else if (message.kind === 'vote-reply' && message.granted) {
      this.promised(node, message.term);
      const { term, vote } = node.log.hardState;
      demand(
        // In a later term it can vote no second time in this one, whatever it remembers.
        term > message.term || (term === message.term && vote === message.to),
        'a vote is on disk before it is told',
        () =>
          `${node.name} votes for ${message.to} in term ${message.term}, its disk says ${vote} in ${term}`,
      );
      const votes = this.votes.get(message.term) ?? new Map<ReplicaId, ReplicaId>();
      this.votes.set(message.term, votes);
      const before = votes.get(node.id);
      demand(
        before === undefined || before === message.to,
        'one vote a term',
        () => `${node.name} votes for ${before} and ${message.to} in term ${message.term}`,
      );
      votes.set(node.id, message.to);
    }
  }

  /** Who voted for `node` in `term`: those who told it so, and itself, if that is on its disk. */
  votesFor(node: SimNode, term: number): ReadonlySet<ReplicaId> {
    const voters = new Set<ReplicaId>();
    for (const [voter, candidate] of this.votes.get(term) ?? []) if (candidate === node.id) voters.add(voter);
    const { hardState } = node.log;
    if (hardState.term === term && hardState.vote === node.id) voters.add(node.id);
    return voters;
  }

  /** A process of `node` starts in `term`. */
  started(node: SimNode, term: number): void {
    const promised = this.termPromised.get(node) ?? 0;
    demand(term >= promised, 'a term survives', () => `${node.name} starts in ${term}, after ${promised}`);
  }

  private promised(node: SimNode, term: number): void {
    demand(
      node.log.hardState.term >= term,
      'a term is on disk before it is promised in',
      () => `${node.name} promises in term ${term}, its disk is in ${node.log.hardState.term}`,
    );
    this.termPromised.set(node, Math.max(term, this.termPromised.get(node) ?? 0));
  }
}
