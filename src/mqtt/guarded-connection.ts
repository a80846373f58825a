/**
 * A client's socket as the broker may see it: every byte is measured before the broker can buffer it, and both
 * directions keep their back-pressure. A framing fault ends this connection and no other.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { PacketMeter } from './packet-meter.js';

type Done = (error?: Error | null) => void;

export class GuardedConnection extends Duplex {
  readonly #socket: Socket;
  readonly #meter: PacketMeter;

  /** `packetBytesMax`: largest remaining length of one packet. */
  constructor(socket: Socket, packetBytesMax: number) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#meter = new PacketMeter(packetBytesMax);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
    socket.pause();
  }

  #take(chunk: Buffer): void {
    if (this.destroyed) return;
    const fault = this.#meter.measure(chunk);
    if (fault !== null) {
      this.destroy(new Error(fault));
      return;
    }
    if (!this.push(chunk)) this.#socket.pause();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#socket.write(chunk, done);
  }

  // The broker writes a packet in several small pieces; corked they leave as one segment.
  override _writev(chunks: Array<{ chunk: Buffer; encoding: BufferEncoding }>, done: Done): void {
    this.#socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: Done): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
