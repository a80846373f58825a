/**
 * Connections of their own for what is large or seldom, so that no heartbeat queues behind it: one for each use.
 */
import type { ReplicaId } from '../raft/entry.js';
import { PeerChannel } from './peer-channel.js';
import type { LinkTimeouts } from './timeouts.js';

export interface OwnChannelsOptions {
  /** host:port of a replica that is reached now; undefined for any other. */
  readonly addressOf: (replica: ReplicaId) => string | undefined;
  readonly timeouts: LinkTimeouts;
}

export class OwnChannels {
  readonly #options: OwnChannelsOptions;
  readonly #channels = new Set<PeerChannel>();

  constructor(options: OwnChannelsOptions) {
    this.#options = options;
  }

  /** Runs `use` on a connection of its own; undefined when the replica is not reached. */
  async on<T>(replica: ReplicaId, use: (channel: PeerChannel) => Promise<T>): Promise<T | undefined> {
    const address = this.#options.addressOf(replica);
    if (address === undefined) return undefined;
    const channel = new PeerChannel(address, this.#options.timeouts);
    this.#channels.add(channel);
    try {
      return await use(channel);
    } finally {
      this.#channels.delete(channel);
      channel.close();
    }
  }

  /** Ends all that are in use. */
  close(): void {
    for (const channel of this.#channels) channel.close();
  }
}
