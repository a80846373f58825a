/**
 * A client's connection for gRPC, on a bare socket: node:http2 makes objects and crosses into C++ many times a call, which
 * would cost the load more than the servers' answers. Calls and messages of one round of the event loop are written at once.
 */
import { connect } from 'node:net';
import { HeaderEncoder, statusOf } from './grpc-headers.mjs';
import {
  ACK,
  DATA,
  END_HEADERS,
  END_STREAM,
  FIRST_WINDOW,
  FRAME_HEAD,
  FrameReader,
  frame,
  GOAWAY,
  HEADERS,
  opening,
  PING,
  PREFACE,
  putHead,
  RST_STREAM,
  SETTINGS,
  WIDE_WINDOW,
  WINDOW_UPDATE,
  windowUpdate,
} from './http2-frames.mjs';
import { MessageReader } from './message-reader.mjs';

/** Before a message of gRPC: not compressed, and its length. */
const PREFIX = 5;
const OUT_BYTES = 256 * 1_024;
const UNAVAILABLE = 14;
const INITIAL_WINDOW_SIZE = 4;

export class Http2Connection {
  #socket;
  #headers;
  #blocks = new Map();
  #streams = new Map();
  #nextStream = 1;
  #out = Buffer.allocUnsafeSlow(OUT_BYTES);
  #used = 0;
  /** What the server lets this end send, of all streams and of one at first. */
  #window = FIRST_WINDOW;
  #streamWindow = FIRST_WINDOW;
  #waiting = [];
  #received = 0;
  #ready;
  isOpen = false;

  /** Resolves once the server said its settings; rejects when it cannot be reached. */
  static open({ host, port }) {
    return new Promise((resolve, reject) => {
      const connection = new Http2Connection(host, port, resolve);
      connection.#socket.once('error', reject);
    });
  }

  constructor(host, port, ready) {
    this.#ready = ready;
    this.#headers = new HeaderEncoder(`${host}:${port}`);
    const socket = connect({ host, port, noDelay: true });
    this.#socket = socket;
    const reader = new FrameReader((...whole) => this.#take(...whole));
    socket.on('connect', () => socket.write(Buffer.concat([PREFACE, opening()])));
    socket.on('data', (chunk) => reader.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => this.#lost());
  }

  /**
   * A call of one message of `length` bytes, which `write(buffer, offset)` puts down. `done(status, message)`: of a status
   * other than 0 there is no message.
   */
  call(path, length, write, done) {
    if (!this.isOpen) return void queueMicrotask(() => done(UNAVAILABLE, null));
    if (this.#window < PREFIX + length)
      return void this.#waiting.push(() => this.call(path, length, write, done));
    const stream = this.#begin(path, length, { done, message: null });
    this.#data(stream, END_STREAM, length, write);
  }

  /** A stream of messages in both directions; `onMessage(bytes, start, end)`, `onEnd(status)`. */
  stream(path, onMessage, onEnd) {
    const state = { reader: new MessageReader(onMessage), window: this.#streamWindow, done: onEnd };
    const stream = this.#begin(path, 0, state);
    const send = (length, write) => {
      if (!this.isOpen) return;
      if (Math.min(this.#window, state.window) < PREFIX + length) {
        this.#waiting.push(() => send(length, write));
        return;
      }
      state.window -= PREFIX + length;
      this.#room(FRAME_HEAD + PREFIX + length);
      this.#data(stream, 0, length, write);
    };
    return { send };
  }

  close() {
    this.#socket.destroy();
  }

  #begin(path, length, state) {
    const block = this.#blockOf(path);
    const stream = this.#nextStream;
    this.#nextStream += 2;
    this.#streams.set(stream, state);
    this.#room(2 * FRAME_HEAD + block.length + PREFIX + length);
    this.#used = putHead(this.#out, this.#used, block.length, HEADERS, END_HEADERS, stream);
    this.#out.set(block, this.#used);
    this.#used += block.length;
    return stream;
  }

  /** The same bytes for each call, once the table of this connection does not grow any more. */
  #blockOf(path) {
    const known = this.#blocks.get(path);
    if (known) return known;
    const block = this.#headers.block(path);
    if (block.length < 10) this.#blocks.set(path, block);
    else this.#blocks.clear();
    return block;
  }

  #data(stream, flags, length, write) {
    this.#window -= PREFIX + length;
    const at = putHead(this.#out, this.#used, PREFIX + length, DATA, flags, stream);
    this.#out[at] = 0;
    this.#out.writeUInt32BE(length, at + 1);
    this.#used = write(this.#out, at + PREFIX);
    if (this.#used !== at + PREFIX + length) throw new Error('bug: a message is not as long as was said');
  }

  /** Makes room in what is written at the end of this round. */
  #room(length) {
    if (this.#used === 0) queueMicrotask(() => this.#flush());
    else if (this.#used + length > OUT_BYTES) this.#flush();
  }

  #flush() {
    if (this.#used === 0) return;
    this.#socket.write(Buffer.from(this.#out.subarray(0, this.#used)));
    this.#used = 0;
  }

  #take(type, flags, id, bytes, start, end) {
    if (type === DATA) this.#takeData(this.#streams.get(id), bytes, start, end);
    else if (type === SETTINGS && !(flags & ACK)) this.#takeSettings(bytes, start, end);
    else if (type === PING && !(flags & ACK))
      this.#socket.write(frame(PING, ACK, 0, bytes.subarray(start, end)));
    else if (type === WINDOW_UPDATE) this.#widen(id, bytes.readUInt32BE(start));
    else if (type === GOAWAY) this.close();
    if (type === RST_STREAM) this.#end(id, UNAVAILABLE);
    else if ((type === DATA || type === HEADERS) && flags & END_STREAM) {
      const block = type === HEADERS ? bytes.subarray(start, end) : null;
      this.#end(id, block && !this.#streams.get(id)?.message ? statusOf(block) : 0);
    }
  }

  #takeData(stream, bytes, start, end) {
    this.#received += end - start;
    if (this.#received > WIDE_WINDOW / 2) {
      this.#socket.write(windowUpdate(this.#received));
      this.#received = 0;
    }
    if (!stream) return;
    const part = bytes.subarray(start, end);
    if (stream.reader) stream.reader.push(part);
    else stream.message = stream.message ? Buffer.concat([stream.message, part]) : part;
  }

  #takeSettings(bytes, start, end) {
    for (let at = start; at < end; at += 6) {
      if (bytes.readUInt16BE(at) === INITIAL_WINDOW_SIZE) this.#streamWindow = bytes.readUInt32BE(at + 2);
    }
    this.#socket.write(frame(SETTINGS, ACK, 0));
    this.isOpen = true;
    this.#ready(this);
  }

  #widen(id, bytes) {
    if (id === 0) this.#window += bytes;
    const stream = this.#streams.get(id);
    if (stream?.reader) stream.window += bytes;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const again of waiting) again();
  }

  #end(id, status) {
    const stream = this.#streams.get(id);
    if (!stream) return;
    this.#streams.delete(id);
    stream.done(status, stream.message?.subarray(PREFIX) ?? null);
  }

  #lost() {
    this.isOpen = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const id of [...this.#streams.keys()]) this.#end(id, UNAVAILABLE);
    for (const again of waiting) again();
  }
}
