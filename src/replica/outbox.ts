/**
 * Frames of one turn, gathered per peer and sent in the order in which they were added: as one batch, or as some
 * where many requests are on their way at once, lest they fill the link and take heartbeats with them.
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
  readonly commitIndex: number;
  /** The newest ledger version that its program understands. */
  readonly understands: number;
}

/** Commands in one batch, beyond the first. Appends are bounded by the core (core-config.ts). */
const PROPOSED_BYTES_MAX = 1024 * 1024;

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
  flush(sender: SenderFacts): ReadonlyMap<ReplicaId, readonly Frame[]> {
    const lost = new Map<ReplicaId, Frame[]>();
    const frames = this.frames;
    this.frames = new Map();
    for (const [to, list] of frames) {
      for (const part of partsOf(list)) {
        if (this.transport.send({ ...sender, to, frames: part })) continue;
        const others = lost.get(to);
        if (others) others.push(...part);
        else lost.set(to, [...part]);
      }
    }
    return lost;
  }
}

function partsOf(frames: readonly Frame[]): readonly (readonly Frame[])[] {
  const parts: Frame[][] = [[]];
  let bytes = 0;
  for (const frame of frames) {
    if (frame.kind === 'proposal') {
      if (bytes > 0 && bytes + frame.command.length > PROPOSED_BYTES_MAX) {
        parts.push([]);
        bytes = 0;
      }
      bytes += frame.command.length;
    }
    parts.at(-1)!.push(frame);
  }
  return parts;
}
