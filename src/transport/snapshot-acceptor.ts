/**
 * The accepting end of InstallSnapshot streams: checks whom a state is for and of which mesh, and hands it on as
 * fast as it is taken, and no faster.
 */
import { type ServerReadableStream, type sendUnaryData, status } from '@grpc/grpc-js';
import type { AddressedHeader } from '../codec/snapshot-codec.js';
import type { InstallSnapshotRequest, InstallSnapshotResponse } from '../gen/malha/mesh/v1/peer.js';
import type { Logger } from '../observe/logger.js';
import type { Identity } from '../replica/frame.js';
import type { SnapshotHandler } from '../replica/ports.js';
import { takeSnapshot } from './snapshot-frames.js';

export type SnapshotCallAccepted = ServerReadableStream<InstallSnapshotRequest, InstallSnapshotResponse>;

export class SnapshotAcceptor {
  readonly #identity: () => Identity;
  readonly #logger: Logger;
  readonly #breakers = new Set<(why: Error) => void>();
  #handler: SnapshotHandler | null = null;
  #closed = false;

  constructor({ identity, logger }: { readonly identity: () => Identity; readonly logger: Logger }) {
    this.#identity = identity;
    this.#logger = logger;
  }

  /** Sets who takes what arrives; until then no stream is let in. */
  receive(handler: SnapshotHandler): void {
    this.#handler = handler;
  }

  /** Takes over a stream that a peer opened. */
  async accept(call: SnapshotCallAccepted, answer: sendUnaryData<InstallSnapshotResponse>): Promise<void> {
    const handler = this.#handler;
    if (this.#closed || handler === null) {
      answer({ code: status.UNAVAILABLE, details: 'this replica takes no snapshots now' });
      return;
    }
    let breakOff: (why: Error) => void = () => {};
    const broken = new Promise<never>((_, reject) => {
      breakOff = reject;
    });
    broken.catch(() => {});
    this.#breakers.add(breakOff);
    for (const event of ['error', 'cancelled', 'close']) {
      call.on(event, () => breakOff(new Error('the stream broke')));
    }
    const frames = call.iterator({ destroyOnReturn: false }) as AsyncIterator<
      InstallSnapshotRequest,
      unknown
    >;
    try {
      const next = () => Promise.race([frames.next(), broken]);
      await takeSnapshot({ next }, (addressed) => this.#faultOf(addressed), handler);
      answer(null, {});
    } catch (error) {
      const details = error instanceof Error ? error.message : String(error);
      this.#logger.warn({ peer: call.getPeer(), cause: details }, 'a snapshot was not taken');
      answer({ code: status.ABORTED, details });
    } finally {
      this.#breakers.delete(breakOff);
    }
  }

  /** Breaks off all streams and lets no more in. */
  close(): void {
    this.#closed = true;
    for (const breakOff of this.#breakers) breakOff(new Error('this replica is shutting down'));
  }

  #faultOf({ cluster, header }: AddressedHeader): string | null {
    const self = this.#identity();
    if (cluster === '' || cluster !== self.cluster)
      return `a snapshot of cluster ${cluster}, not ${self.cluster}`;
    if (header.to !== self.replica) return `a snapshot for ${header.to}, this replica is ${self.replica}`;
    if (header.from === self.replica) return `a snapshot that claims to be from its recipient`;
    return null;
  }
}
