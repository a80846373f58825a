/**
 * Credentials that know the sockets of their channel, so that they can be freed with it: the one place where grpc-js hands
 * them out. Closing a channel that still connects leaves its socket open for as long as the other side says nothing. It is
 * told of here once TCP is connected; a connect that nobody answers stays with the kernel, which gives up after minutes.
 */
import type { Socket } from 'node:net';
import { ChannelCredentials } from '@grpc/grpc-js';

type SecureConnector = ReturnType<ChannelCredentials['_createSecureConnector']>;

export class OwnedSockets extends ChannelCredentials {
  readonly #inner: ChannelCredentials;
  readonly #onBrokenOff: () => void;
  readonly #sockets = new Set<Socket>();
  #destroyed = false;

  /** `onBrokenOff`: told when the other side ends a connection, before grpc-js acts on it. */
  constructor(inner: ChannelCredentials, onBrokenOff: () => void) {
    super();
    this.#inner = inner;
    this.#onBrokenOff = onBrokenOff;
  }

  destroy(): void {
    this.#destroyed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  override _isSecure(): boolean {
    return this.#inner._isSecure();
  }

  override _equals(other: ChannelCredentials): boolean {
    return other === this;
  }

  override _createSecureConnector(
    ...args: Parameters<ChannelCredentials['_createSecureConnector']>
  ): SecureConnector {
    const connector = this.#inner._createSecureConnector(...args);
    return {
      connect: (socket) => {
        // A TCP connect that outlived its channel arrives here too.
        if (this.#destroyed) {
          socket.destroy();
          return Promise.reject(new Error('the channel is closed'));
        }
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
        // FIN or RST: which of them a process that dies sends depends on what it had not read yet.
        socket.once('end', () => this.#onBrokenOff());
        socket.once('error', (error: NodeJS.ErrnoException) => {
          if (error.code === 'ECONNRESET' || error.code === 'EPIPE') this.#onBrokenOff();
        });
        return connector.connect(socket);
      },
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  }
}
