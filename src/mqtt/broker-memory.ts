/**
 * What the embedded broker remembers, as aedes asks for it (its persistence interface).
 *
 * 1. Retained messages, bounded in bytes of topics and payloads, and the ids of QoS 2 messages under way. No sessions
 *    and no offline queues: what must outlive a connection is in the ledger. Wills live with their connections.
 * 2. What a publish waits for is done at once, within the call. aedes numbers a message before it asks here, and
 *    takes one that reaches a subscriber after a higher number for a duplicate: with promises, a QoS 0 message
 *    overtakes a retained or QoS 1 one of the moment before, which is then silently lost.
 */
import { Readable } from 'node:stream';
import { topicMatches } from './topic-filter.js';

interface StoredPacket {
  readonly cmd: string;
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
}

interface ClientId {
  readonly id: string;
}

interface MessageId {
  readonly messageId?: number;
}

export class BrokerMemory {
  readonly #retainedBytesMax: number;
  readonly #full: () => void;
  readonly #retained = new Map<string, StoredPacket>();
  #retainedBytes = 0;
  /** Of each client, the ids of QoS 2 messages that wait for their PUBREL. */
  readonly #inbound = new Map<string, Set<number>>();

  /** `full` is called for each retained message that does not fit and is only delivered. */
  constructor(retainedBytesMax: number, full: () => void) {
    this.#retainedBytesMax = retainedBytesMax;
    this.#full = full;
  }

  async setup(): Promise<void> {}

  storeRetained({ cmd, topic, payload, qos }: StoredPacket): AtOnce<void> {
    const before = this.#retained.get(topic);
    const bytes = this.#retainedBytes - bytesOf(before) + Buffer.byteLength(topic) + payload.length;
    if (payload.length === 0) {
      // MQTT 3.1.1 §3.3.1.3: an empty retained message clears the topic.
      this.#retained.delete(topic);
      this.#retainedBytes -= bytesOf(before);
    } else if (bytes <= this.#retainedBytesMax) {
      // A copy: the payload may be a small part of a large read.
      this.#retained.set(topic, { cmd, topic, payload: Buffer.from(payload), qos });
      this.#retainedBytes = bytes;
    } else {
      this.#full();
    }
    return atOnce(undefined);
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    const wanted = ({ topic }: StoredPacket): boolean =>
      filters.some((filter) => topicMatches(filter, topic));
    return Readable.from([...this.#retained.values()].filter(wanted));
  }

  subscriptionsByTopic(): AtOnce<readonly never[]> {
    return atOnce([]);
  }

  outgoingEnqueueCombi(): AtOnce<void> {
    return atOnce(undefined);
  }

  async incomingStorePacket({ id }: ClientId, { messageId }: MessageId): Promise<void> {
    const ids = this.#inbound.get(id) ?? new Set();
    this.#inbound.set(id, ids.add(messageId!));
  }

  /** Rejects when there is none. */
  async incomingGetPacket({ id }: ClientId, { messageId }: MessageId): Promise<MessageId> {
    if (!this.#inbound.get(id)?.has(messageId!)) throw new Error('no such message under way');
    return { messageId: messageId! };
  }

  async incomingDelPacket({ id }: ClientId, { messageId }: MessageId): Promise<void> {
    this.#inbound.get(id)?.delete(messageId!);
  }

  async cleanIncoming({ id }: ClientId): Promise<void> {
    this.#inbound.delete(id);
  }

  async cleanSubscriptions(): Promise<void> {}

  outgoingStream(): Readable {
    return Readable.from([]);
  }

  async outgoingClearMessageId(): Promise<void> {}

  async putWill(): Promise<void> {}

  async delWill(): Promise<void> {}

  streamWill(): Readable {
    return Readable.from([]);
  }
}

function bytesOf(packet: StoredPacket | undefined): number {
  return packet === undefined ? 0 : Buffer.byteLength(packet.topic) + packet.payload.length;
}

/** As much of a promise as aedes uses where it publishes. */
interface AtOnce<T> {
  then(done: (value: T) => void): void;
}

function atOnce<T>(value: T): AtOnce<T> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: aedes calls `then`, and must not wait for a later turn (2.)
    then: (done) => done(value),
  };
}
