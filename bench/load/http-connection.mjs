/** A client's connection for HTTP/1.1, on a bare socket: one request at a time, answers with a `Content-Length`. */
import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = Buffer.from('\r\ncontent-length: ');
/** "HTTP/1.1 " */
const STATUS_AT = 9;
const LOST = 599;

export class HttpConnection {
  #socket;
  #rest = null;
  #done = null;

  static open({ host, port }) {
    return new Promise((resolve, reject) => {
      const connection = new HttpConnection(host, port);
      connection.#socket.once('connect', () => resolve(connection)).once('error', reject);
    });
  }

  constructor(host, port) {
    const socket = connect({ host, port, noDelay: true });
    this.#socket = socket;
    socket.on('data', (chunk) => this.#push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => this.#answer(LOST, null, 0));
  }

  /** `done(status, bytes, bodyStart)`. */
  ask(request, done) {
    if (this.#socket.destroyed) return void queueMicrotask(() => done(LOST, null, 0));
    this.#done = done;
    this.#socket.write(request, 'latin1');
  }

  close() {
    this.#done = null;
    this.#socket.destroy();
  }

  #push(chunk) {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    const headEnd = bytes.indexOf(HEAD_END);
    if (headEnd < 0) {
      this.#rest = bytes;
      return;
    }
    const start = headEnd + HEAD_END.length;
    if (bytes.length < start + contentLength(bytes)) {
      this.#rest = bytes;
      return;
    }
    this.#rest = null;
    this.#answer(Number(bytes.latin1Slice(STATUS_AT, STATUS_AT + 3)), bytes, start);
  }

  #answer(status, bytes, start) {
    const done = this.#done;
    this.#done = null;
    done?.(status, bytes, start);
  }
}

function contentLength(bytes) {
  const at = bytes.indexOf(LENGTH);
  if (at < 0) throw new Error('an answer without a content-length');
  let length = 0;
  for (let k = at + LENGTH.length; bytes[k] !== 0x0d; k += 1) length = length * 10 + bytes[k] - 0x30;
  return length;
}
