/**
 * The way from here to one peer: dials, asks who is there, opens the Exchange stream, and starts anew whenever
 * any of it fails, for ever.
 *
 * 1. Each try has a channel of its own, which ends with it.
 * 2. A stream is only opened to the company that was configured, in the cluster that both belong to.
 * 3. What is sent while the link is not up is dropped, never kept for later.
 */
import type { Logger } from '../observe/logger.js';
import type { ReplicaId } from '../raft/entry.js';
import type { Identity, Introduction } from '../replica/frame.js';
import type { Backoff } from './backoff.js';
import { ExchangeStream } from './exchange-stream.js';
import { isNobodyThere } from './gone.js';
import { type LinkProblem, problemOf } from './link-problem.js';
import { PeerChannel } from './peer-channel.js';
import { BATCH_BYTES_MAX, type LinkTimeouts } from './timeouts.js';

/** Where a peer is said to be. */
export interface PeerAddress {
  readonly company: string;
  /** host:port */
  readonly address: string;
}

export interface LinkStatus extends PeerAddress {
  /** Who answered there last; '' when nobody did yet. */
  readonly replica: ReplicaId | '';
  /** `down` while it waits before the next try. */
  readonly state: 'connecting' | 'up' | 'down';
  /** Why it is not up, in words; '' when it is, or was not tried yet. */
  readonly problem: string;
  /** Bytes taken and not yet acknowledged by the peer. */
  readonly pendingBytes: number;
}

export interface PeerLinkOptions {
  readonly peer: PeerAddress;
  readonly identity: () => Introduction;
  readonly logger: Logger;
  readonly bufferBytesMax: number;
  readonly backoff: Backoff;
  readonly timeouts: LinkTimeouts;
  /** The process of the peer is gone; see Transport. */
  readonly onGone: (peer: ReplicaId) => void;
}

export class PeerLink {
  readonly peer: PeerAddress;
  readonly #options: PeerLinkOptions;
  #state: LinkStatus['state'] = 'connecting';
  #remote: Identity | null = null;
  #problem: LinkProblem | null = null;
  #channel: PeerChannel | null = null;
  #stream: ExchangeStream | null = null;
  #running: Promise<void> | null = null;
  #closed = false;
  /** Something changed since this try began: the next one need not wait. */
  #woken = false;
  /** Whether the peer answered in this try, or in the last one. */
  #reached = false;
  #endPause: () => void = () => {};
  readonly #closing = new AbortController();
  /** Looking whether the peer's process is gone, beside the next try. */
  #looking: Promise<void> | null = null;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.peer = options.peer;
  }

  /** The replica that `send` reaches; '' while the link is not up. */
  get reaches(): ReplicaId | '' {
    return this.#state === 'up' ? (this.#remote?.replica ?? '') : '';
  }

  status(): LinkStatus {
    return {
      ...this.peer,
      replica: this.#remote?.replica ?? '',
      state: this.#state,
      problem: this.#problem === null ? '' : `${this.#problem.reason}: ${this.#problem.detail}`,
      pendingBytes: this.#stream?.pendingBytes ?? 0,
    };
  }

  /** Starts to dial, and goes on until `close`. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends the stream and the dialling. Resolves when the socket is given back. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#closing.abort();
    this.#endPause();
    this.#channel?.close();
    this.#stream?.end(CLOSED);
    await Promise.all([this.#running, this.#looking]);
  }

  /** Something changed that may let the link through: tries at once, or right after the try that is under way. */
  wake(): void {
    this.#woken = true;
    this.#options.backoff.reset();
    this.#endPause();
  }

  /**
   * The peer asked us who we are, so it lives, and said who it is. It wakes the link if that is news, or if
   * the link waits because nobody answered. Never otherwise: two peers that answer each other and whose links
   * fail all the same would wake each other without a pause.
   */
  heard(asker: Identity): void {
    const news = asker.replica !== this.#remote?.replica || asker.cluster !== this.#remote.cluster;
    if (news || (this.#state === 'down' && !this.#reached)) this.wake();
  }

  /**
   * The peer began to send batches, so it takes some, too: a link that it turned away while it was starting need not wait
   * out its back-off. This comes once a stream of the peer's, whatever becomes of this link: two cannot chase each other.
   */
  spoke(replica: ReplicaId): void {
    if (this.#remote?.replica === replica && this.#state !== 'up') this.wake();
  }

  /** Takes what `encode` returns. False when it was dropped: the link is not up, or there is no room for it. */
  send(encode: () => Buffer): boolean {
    if (this.#stream?.open !== true) return false;
    const batch = encode();
    if (batch.length > BATCH_BYTES_MAX) {
      this.#options.logger.error(
        { ...this.peer, bytes: batch.length },
        'batch too large for a peer, dropped',
      );
      return false;
    }
    return this.#stream.send(batch);
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      this.#state = 'connecting';
      this.#woken = false;
      const problem = await this.#try();
      if (this.#closed) break;
      const retryInMs = this.#woken ? 0 : this.#options.backoff.nextMs();
      this.#down(problem, { retryInMs });
      if (retryInMs > 0) await this.#pause(retryInMs);
    }
    this.#down(CLOSED, {});
  }

  /** One try, from dialling to the end of its stream. Resolves with why it is over. */
  async #try(): Promise<LinkProblem> {
    const self = this.#options.identity();
    if (self.cluster === '') return { reason: 'no-cluster', detail: 'this replica belongs to no mesh yet' };
    const { timeouts } = this.#options;
    const channel = new PeerChannel(this.peer.address, timeouts);
    this.#channel = channel;
    this.#reached = false;
    try {
      const remote = await channel.identify(self, timeouts.connectMs);
      this.#remote = remote;
      this.#reached = true;
      return this.#mismatch(self, remote) ?? (await this.#exchange(channel));
    } catch (error) {
      return problemOf(error);
    } finally {
      this.#stream = null;
      this.#channel = null;
      channel.close();
    }
  }

  #mismatch(self: Identity, remote: Identity): LinkProblem | null {
    if (remote.replica === self.replica) {
      return { reason: 'self', detail: 'the address leads back to this replica' };
    }
    if (remote.company !== this.peer.company) {
      return { reason: 'other-company', detail: `the address belongs to ${JSON.stringify(remote.company)}` };
    }
    if (remote.cluster === '') {
      return { reason: 'peer-without-cluster', detail: 'the peer belongs to no mesh yet' };
    }
    if (remote.cluster !== self.cluster) {
      return {
        reason: 'other-cluster',
        detail: `the peer is of cluster ${remote.cluster}, not ${self.cluster}`,
      };
    }
    return null;
  }

  async #exchange(channel: PeerChannel): Promise<LinkProblem> {
    // `close` may have come while the peer was asked.
    if (this.#closed) return CLOSED;
    const { bufferBytesMax, timeouts, backoff } = this.#options;
    const stream = new ExchangeStream({
      stream: channel.exchange(),
      bufferBytesMax,
      timeouts,
      onUp: () => this.#up(),
      onProven: () => backoff.reset(),
    });
    this.#stream = stream;
    const problem = await stream.ended;
    if (this.#state === 'up' && channel.brokenOff) this.#lookWhetherGone();
    return problem;
  }

  /**
   * Only the end of the stream that this side opened is looked into: of the peer's own stream one cannot tell a process
   * that died from one that gave the stream up, nor where it listens.
   */
  #lookWhetherGone(): void {
    const replica = this.#remote?.replica;
    if (replica === undefined) return;
    this.#looking = isNobodyThere(this.peer.address, this.#closing.signal).then((gone) => {
      if (gone && !this.#closed) this.#options.onGone(replica);
    });
  }

  #up(): void {
    this.#state = 'up';
    this.#problem = null;
    this.#options.logger.info({ ...this.peer, replica: this.#remote?.replica }, 'peer link up');
  }

  #down(problem: LinkProblem, plan: { readonly retryInMs?: number }): void {
    this.#state = 'down';
    const news = problem.reason !== this.#problem?.reason;
    this.#problem = problem;
    const fields = { ...this.peer, replica: this.#remote?.replica, ...problem, ...plan };
    // Every try of a peer that is away for a week ends here: only a new reason is worth a warning.
    if (!news) this.#options.logger.debug(fields, 'peer link still down');
    else if (EXPECTED.has(problem.reason)) this.#options.logger.info(fields, 'peer link waits');
    else this.#options.logger.warn(fields, 'peer link down');
  }

  async #pause(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endPause = () => {};
  }
}

const CLOSED: LinkProblem = { reason: 'closed', detail: 'closed here' };

/** What every mesh goes through when it starts or ends. */
const EXPECTED: ReadonlySet<LinkProblem['reason']> = new Set([
  'no-cluster',
  'peer-without-cluster',
  'closed',
]);
