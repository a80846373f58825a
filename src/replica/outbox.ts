/**
 * Frames of one turn, gathered per peer and sent as one batch each, in the order in which they were added.
 */
import type { ReplicaId } from '../raft/entry.js';
import type { Message } from '../raft/message.js';
import type { Frame } from './frame.js';
import type { Transport } from './ports.js';

/** What every batch says of its sender. */
export interface SenderFacts {
  readonly from: ReplicaId;
  readonly wallMs: number;
  readonly ledgerMs: number;
  readonly medianMs: number;
}

export class Outbox {
  private frames = new Map<ReplicaId, Frame[]>();

  constructor(private readonly transport: Transport) {}

  get isEmpty(): boolean {
    return this.frames.size === 0;
  }

  add(to: ReplicaId, frame: Frame): void {
    const frames = this.frames.get(to);
    if (frames) frames.push(frame);
    else this.frames.set(to, [frame]);
  }

  addMessages(messages: readonly Message[]): void {
    for (const message of messages) this.add(message.to, { kind: 'raft', message });
  }

  /** Sends what gathered; returns what could not be sent, per peer. */
  flush(facts: SenderFacts): ReadonlyMap<ReplicaId, readonly Frame[]> {
    const lost = new Map<ReplicaId, readonly Frame[]>();
    const frames = this.frames;
    this.frames = new Map();
    for (const [to, list] of frames) {
      if (!this.transport.send({ ...facts, to, frames: list })) lost.set(to, list);
    }
    return lost;
  }
}
