/** A TCP relay on a port of its own, to cut, mute and heal the way to a server. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class TcpRelay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: number | null = null;
  #pass = true;
  /** Connections that came in so far. */
  accepted = 0;

  static async open(): Promise<TcpRelay> {
    const relay = new TcpRelay();
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  private constructor() {
    this.#server = createServer((near) => this.#accept(near));
  }

  get address(): string {
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') throw new Error('the relay does not listen');
    return `127.0.0.1:${bound.port}`;
  }

  /** Where to relay to; without it connections are taken and nothing is ever said. */
  leadTo(port: number | null): void {
    this.#target = port;
  }

  /** Breaks what is connected and everything that connects. */
  cut(): void {
    this.#pass = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The end of a process that was killed: nobody listens any more, and what is connected breaks off. */
  kill({ by }: { readonly by: 'FIN' | 'RST' }): void {
    this.#server.close();
    for (const socket of this.#sockets) {
      if (by === 'RST') socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  /** Passes nothing on of what is connected, and holds on to it. */
  mute(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** Frees the port, and holds on to what is connected. */
  stopListening(): void {
    this.#server.close();
  }

  heal(): void {
    this.#pass = true;
  }

  /** Connections that are open now, counted on the dialler's side. */
  get open(): number {
    return [...this.#sockets].filter((socket) => !socket.destroyed).length;
  }

  async close(): Promise<void> {
    this.cut();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: Socket): void {
    this.accepted += 1;
    this.#hold(near);
    if (!this.#pass) {
      near.destroy();
      return;
    }
    if (this.#target === null) {
      near.resume();
      return;
    }
    const far = connect(this.#target, '127.0.0.1');
    this.#hold(far);
    near.pipe(far);
    far.pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay();
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
