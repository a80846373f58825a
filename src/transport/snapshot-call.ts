/**
 * The sender's end of one InstallSnapshot stream, on a connection of its own.
 *
 * 1. It ends exactly once: with the peer's answer, with the way broken, or when nothing moved for `stallMs`.
 * 2. When `write` says no, nothing more is written until the stream drained: what is in memory is one chunk.
 */
import type { InstallSnapshotRequest } from '../gen/malha/mesh/v1/peer.js';
import type { PeerChannel } from './peer-channel.js';

/** Sends `frames`. True once the peer took them all; false when it did not. Rejects with what `frames` throws. */
export async function callInstallSnapshot(
  channel: PeerChannel,
  frames: AsyncIterable<InstallSnapshotRequest>,
  { signal, stallMs }: { readonly signal: AbortSignal; readonly stallMs: number },
): Promise<boolean> {
  const call = new SnapshotCall(channel, stallMs);
  const abort = (): void => call.finish(false);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    for await (const frame of frames) if (!(await call.write(frame))) break;
    call.end();
    return await call.outcome;
  } finally {
    signal.removeEventListener('abort', abort);
    call.finish(false);
  }
}

class SnapshotCall {
  readonly outcome: Promise<boolean>;
  readonly #call: ReturnType<PeerChannel['installSnapshot']>;
  readonly #stall: NodeJS.Timeout;
  #resolve: (delivered: boolean) => void = () => {};
  #wake: () => void = () => {};
  #over = false;

  constructor(channel: PeerChannel, stallMs: number) {
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#stall = setTimeout(() => this.finish(false), stallMs);
    this.#call = channel.installSnapshot((error) => this.finish(error === null));
    // A stream without an 'error' listener would end the process.
    this.#call.on('error', () => this.finish(false));
    this.#call.on('drain', () => this.#wake());
  }

  /** Resolves when the next frame may be written; false when there is no use in one. */
  async write(frame: InstallSnapshotRequest): Promise<boolean> {
    if (this.#over) return false;
    const room = this.#call.write(frame);
    if (!room && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#stall.refresh();
    return !this.#over;
  }

  end(): void {
    if (!this.#over) this.#call.end();
  }

  finish(delivered: boolean): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#stall);
    if (!delivered) this.#call.cancel();
    this.#resolve(delivered);
    this.#wake();
  }
}
