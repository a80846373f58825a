/**
 * The way by which one node dials another: a port that leads to the other's, through two lanes.
 *
 * 1. While nobody listens behind it, nobody listens here: who dials a process that ended is refused, as without a proxy.
 * 2. A link that is cut resets every connection and takes no other; it never tells anything but that.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Lane } from './lane.js';

const HOST = '127.0.0.1';
/**
 * Where links are dialled. Their ports are free while nobody listens behind them, and another run might take one: where all of
 * 127/8 is this machine's own, each process has an address of its own there.
 */
export const LINK_HOST =
  process.platform === 'linux'
    ? `127.${(process.pid >> 16) & 0xff}.${(process.pid >> 8) & 0xff}.${process.pid & 0xff}`
    : HOST;
const LOOK_AGAIN_MS = 25;

/** What a link does with those who dial. */
export type Gate = 'open' | 'resets' | 'refuses';

/** A connection that was dialled here, and its continuation. */
interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** Stops carrying anything either way. */
  readonly part: () => void;
}

export class Link {
  readonly out = new Lane();
  readonly back = new Lane();
  /** Connections that were reset, turned away or left half-open on purpose. */
  struck = 0;
  #gate: Gate = 'open';
  #server: Server | null = null;
  #closed = false;
  #looking = false;
  readonly #pairs = new Set<Pair>();

  /** `port`: where it is dialled; `target`: the port that it leads to. */
  constructor(
    readonly port: number,
    private readonly target: number,
  ) {}

  async open(): Promise<void> {
    if (this.#server !== null || this.#closed) return;
    const server = createServer({ allowHalfOpen: true }, (near) => this.#accept(near));
    this.#server = server;
    try {
      server.listen(this.port, LINK_HOST);
      await once(server, 'listening');
    } catch (error) {
      this.#server = null;
      throw error;
    }
  }

  set gate(gate: Gate) {
    this.#gate = gate;
    if (gate === 'open') this.open().catch(() => this.#untilListened());
    else this.reset();
    if (gate === 'refuses') this.#shut();
  }

  /** Ends all connections at once, from both sides. */
  reset(): void {
    for (const { near, far } of this.#pairs) {
      this.struck += 1;
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  /** The far ends of all connections are gone; the near ends are not told. */
  halfOpen(): void {
    for (const { far, part } of this.#pairs) {
      this.struck += 1;
      part();
      far.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#shut();
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  #shut(): void {
    this.#server?.close();
    this.#server = null;
  }

  #accept(near: Socket): void {
    near.on('error', () => {});
    if (this.#gate !== 'open') {
      this.struck += 1;
      near.resetAndDestroy();
      return;
    }
    const far = connect({ port: this.target, host: HOST, allowHalfOpen: true });
    far.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') void this.#untilListened();
    });
    near.setNoDelay(true);
    far.setNoDelay(true);
    near.once('close', () => {
      this.#pairs.delete(pair);
      if (!far.destroyed && far.connecting) far.destroy();
    });
    far.once('close', () => void this.#untilListened());
    const flows = [this.out.carry(near, far), this.back.carry(far, near)];
    const part = (): void => {
      for (const flow of flows) flow.stop();
    };
    const pair = { near, far, part };
    this.#pairs.add(pair);
  }

  /** As long as nobody listens behind, nobody does here. What is behind a black hole is not known to be gone. */
  async #untilListened(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (!this.#closed && !(await this.#isListened())) {
        if (!this.out.weather.holds) this.#shut();
        await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      }
    } finally {
      this.#looking = false;
    }
    if (this.#gate === 'refuses') return;
    // The port is this link's for as long as it lasts: whoever has it for a moment gives it back.
    await this.open().catch(() => setTimeout(() => void this.#untilListened(), LOOK_AGAIN_MS));
  }

  async #isListened(): Promise<boolean> {
    const probe = connect({ port: this.target, host: HOST });
    try {
      await once(probe, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      probe.destroy();
    }
  }
}
