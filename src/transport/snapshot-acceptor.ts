/**
 * The accepting end of InstallSnapshot streams: checks whom a state is for and of which mesh, and hands it on as
 * fast as it is taken, and no faster. Tells, too, how much of one is here.
 *
 * A stream on which nothing comes for `stallMs` while it is waited for is broken off: its sender may be gone without a
 * word, and what it held here would be held for ever.
 */
import { type ServerReadableStream, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { type AddressedHeader, headerFromProto, placeToProto } from '../codec/snapshot-codec.js';
import type {
  InstallSnapshotRequest,
  InstallSnapshotResponse,
  ResumeSnapshotRequest,
  ResumeSnapshotResponse,
} from '../gen/malha/mesh/v1/peer.js';
import type { Logger } from '../observe/logger.js';
import type { Identity } from '../replica/frame.js';
import type { SnapshotTaker } from '../replica/ports.js';
import { takeSnapshot } from './snapshot-frames.js';

export type SnapshotCallAccepted = ServerReadableStream<InstallSnapshotRequest, InstallSnapshotResponse>;
export type ResumeCallAccepted = ServerUnaryCall<ResumeSnapshotRequest, ResumeSnapshotResponse>;

export interface SnapshotAcceptorOptions {
  readonly identity: () => Identity;
  readonly logger: Logger;
  readonly stallMs: number;
}

const NOT_NOW = { code: status.UNAVAILABLE, details: 'this replica takes no snapshots now' } as const;

export class SnapshotAcceptor {
  readonly #options: SnapshotAcceptorOptions;
  readonly #streams = new Set<AcceptedStream>();
  #taker: SnapshotTaker | null = null;
  #closed = false;

  constructor(options: SnapshotAcceptorOptions) {
    this.#options = options;
  }

  /** Sets who takes what arrives; until then no stream is let in. */
  receive(taker: SnapshotTaker): void {
    this.#taker = taker;
  }

  /** Takes over a stream that a peer opened. */
  async accept(call: SnapshotCallAccepted, answer: sendUnaryData<InstallSnapshotResponse>): Promise<void> {
    const taker = this.#taker;
    if (this.#closed || taker === null) {
      answer(NOT_NOW);
      return;
    }
    const stream = new AcceptedStream(call, this.#options.stallMs);
    this.#streams.add(stream);
    try {
      await takeSnapshot(stream, (addressed) => this.#faultOf(addressed), taker);
      answer(null, {});
    } catch (error) {
      const details = messageOf(error);
      this.#options.logger.warn({ peer: call.getPeer(), cause: details }, 'a snapshot was not taken');
      answer({ code: status.ABORTED, details });
    } finally {
      stream.end();
      this.#streams.delete(stream);
    }
  }

  /** Answers a peer that asks how much of a state is here. */
  async tell({ request }: ResumeCallAccepted, answer: sendUnaryData<ResumeSnapshotResponse>): Promise<void> {
    const taker = this.#taker;
    if (this.#closed || taker === null) {
      answer(NOT_NOW);
      return;
    }
    try {
      if (request.header === undefined) throw new Error('a question without a header');
      const addressed = headerFromProto(request.header);
      const fault = this.#faultOf(addressed);
      if (fault !== null) throw new Error(fault);
      answer(null, { place: placeToProto(await taker.placeOf(addressed.header)) });
    } catch (error) {
      answer({ code: status.ABORTED, details: messageOf(error) });
    }
  }

  /** Breaks off all streams and lets no more in. */
  close(): void {
    this.#closed = true;
    for (const stream of this.#streams) stream.breakOff('this replica is shutting down');
  }

  #faultOf({ cluster, header }: AddressedHeader): string | null {
    const self = this.#options.identity();
    if (cluster === '' || cluster !== self.cluster)
      return `a snapshot of cluster ${cluster}, not ${self.cluster}`;
    if (header.to !== self.replica) return `a snapshot for ${header.to}, this replica is ${self.replica}`;
    if (header.from === self.replica) return `a snapshot that claims to be from its recipient`;
    return null;
  }
}

/** The frames of one stream, until it ends, breaks, or stalls. */
class AcceptedStream {
  readonly #frames: AsyncIterator<InstallSnapshotRequest, unknown>;
  readonly #broken: Promise<never>;
  readonly #stall: NodeJS.Timeout;
  #break: (why: Error) => void = () => {};
  #waiting = false;

  constructor(call: SnapshotCallAccepted, stallMs: number) {
    this.#frames = call.iterator({ destroyOnReturn: false });
    this.#broken = new Promise((_, reject) => {
      this.#break = reject;
    });
    // It may break when nobody waits for a frame.
    this.#broken.catch(() => {});
    for (const event of ['error', 'cancelled', 'close']) {
      call.on(event, () => this.breakOff('the stream broke'));
    }
    // While the taker is at work, it is not the sender who is slow.
    this.#stall = setTimeout(() => {
      if (this.#waiting) this.breakOff(`nothing came for ${stallMs} ms`);
    }, stallMs);
  }

  async next(): Promise<IteratorResult<InstallSnapshotRequest, unknown>> {
    this.#waiting = true;
    this.#stall.refresh();
    try {
      return await Promise.race([this.#frames.next(), this.#broken]);
    } finally {
      this.#waiting = false;
    }
  }

  breakOff(why: string): void {
    this.#break(new Error(why));
  }

  /** Nothing waits for it any more. */
  end(): void {
    clearTimeout(this.#stall);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
