/**
 * Linearizable reads at the leader (Raft §8, thesis §6.4): a read may be served at the commit index of a moment after it
 * was asked for, once a quorum has confirmed that this replica still led after that moment.
 *
 * 1. A round is named by (term, sequence), made here and never by a caller: a late answer to one round can never confirm a
 *    later one (etcd #20418). The term is that of the messages; a new term starts over.
 * 2. Reads wait here, unanswered but not lost, until an entry of the leader's own term is committed: before that its
 *    commit index may be behind what an earlier leader has acknowledged (C12, C13).
 * 3. One round is under way at a time; reads that come meanwhile share the next one.
 */
import type { ReplicaId } from './entry.js';

/** Who asked, and under which id it wants the answer. */
export interface Read {
  readonly from: ReplicaId;
  readonly requestId: number;
}

interface Round {
  readonly sequence: number;
  readonly index: number;
  readonly reads: readonly Read[];
}

export class ReadQueue {
  private waiting: Read[] = [];
  private rounds: Round[] = [];
  private sequence = 0;

  /** Reads not answered yet. */
  get pending(): number {
    let count = this.waiting.length;
    for (const round of this.rounds) count += round.reads.length;
    return count;
  }

  /** Whether reads wait that no round asks for yet. */
  get isWaiting(): boolean {
    return this.waiting.length > 0;
  }

  /** Whether reads wait for a round and none is under way. */
  get wantsRound(): boolean {
    return this.waiting.length > 0 && this.rounds.length === 0;
  }

  /** The newest round that waits to be confirmed; 0 for none. */
  get openSequence(): number {
    return this.rounds.length === 0 ? 0 : this.sequence;
  }

  add(read: Read): void {
    this.waiting.push(read);
  }

  /** The reads that wait, which whoever takes them answers. */
  takeWaiting(): readonly Read[] {
    const { waiting } = this;
    this.waiting = [];
    return waiting;
  }

  /** Puts all waiting reads into a round at commit index `index`. Returns its sequence; 0 when none waits. */
  startRound(index: number): number {
    if (this.waiting.length === 0) return 0;
    this.sequence++;
    this.rounds.push({ sequence: this.sequence, index, reads: this.waiting });
    this.waiting = [];
    return this.sequence;
  }

  /** A quorum has answered up to `sequence`: calls `answer` for every read of the rounds so confirmed. */
  confirm(sequence: number, answer: (read: Read, index: number) => void): void {
    while (this.rounds.length > 0 && this.rounds[0]!.sequence <= sequence) {
      const round = this.rounds.shift()!;
      for (const read of round.reads) answer(read, round.index);
    }
  }

  /** Forgets everything: leadership was lost or starts. */
  reset(): void {
    this.waiting = [];
    this.rounds = [];
    this.sequence = 0;
  }
}
