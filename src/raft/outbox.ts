/**
 * What a turn wants sent. Promises (votes and append acknowledgements) leave only once what they promise is on disk; those
 * that a replica makes to itself come back to it then, so that it counts itself no earlier than it counts a peer (C7).
 */
import type { ReplicaId } from './entry.js';
import type { AppendReply, Message, VoteReply } from './message.js';
import type { ReadState, SaveToken } from './ready.js';

export type Promised = AppendReply | VoteReply;

/** A save handed out and not yet reported as done, with the promises to itself that it makes good. */
interface Outstanding {
  readonly token: SaveToken;
  readonly own: readonly Promised[];
}

export class Outbox {
  private messages: Message[] = [];
  private promised: Promised[] = [];
  private reads: ReadState[] = [];
  private readonly saves: Outstanding[] = [];

  constructor(private readonly id: ReplicaId) {}

  get hasMessages(): boolean {
    return this.messages.length > 0;
  }

  get hasPromised(): boolean {
    return this.promised.length > 0;
  }

  get hasReads(): boolean {
    return this.reads.length > 0;
  }

  /** Queues a message that may leave at once. */
  send(message: Exclude<Message, Promised>): void {
    this.messages.push(message);
  }

  /** Queues a message that must wait for everything changed so far to be on disk. */
  promise(message: Promised): void {
    this.promised.push(message);
  }

  answerRead(read: ReadState): void {
    this.reads.push(read);
  }

  takeMessages(): readonly Message[] {
    const { messages } = this;
    this.messages = [];
    return messages;
  }

  takeReads(): readonly ReadState[] {
    const { reads } = this;
    this.reads = [];
    return reads;
  }

  /** Binds all promises so far to the save named by `token`; returns those that go to others. */
  bindPromises(token: SaveToken): readonly Promised[] {
    const own = this.promised.filter((message) => message.to === this.id);
    const toOthers = this.promised.filter((message) => message.to !== this.id);
    this.promised = [];
    this.saves.push({ token, own });
    return toOthers;
  }

  /** The oldest save under way is done: returns what it promised to this replica itself, or undefined for none. */
  takeOldestSave(): Outstanding | undefined {
    return this.saves.shift();
  }
}
