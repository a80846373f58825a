/** A client's connection to PostgreSQL (protocol 3.0), on a bare socket: one prepared statement at a time, text in and out. */
import { connect } from 'node:net';

const PROTOCOL = 196_608;
const OUT_BYTES = 4_096;
const LOST = '08006';
const READY = 0x5a;
const COMPLETE = 0x43;
const ERROR = 0x45;
/** Binary and text formats are not named: all is text. No portal name, all rows; then Sync. */
const EXECUTE_AND_SYNC = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);

export class PostgresConnection {
  #socket;
  #rest = null;
  #done = null;
  #code = '';
  #rows = 0;
  #out = Buffer.alloc(OUT_BYTES);

  /** `statements`: by name. */
  static async open({ host, port, user, database }, statements) {
    const connection = new PostgresConnection(host, port);
    const startup = Buffer.from(`user\0${user}\0database\0${database}\0\0`, 'latin1');
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + startup.length, 0);
    head.writeUInt32BE(PROTOCOL, 4);
    await connection.#answered(Buffer.concat([head, startup]));
    for (const [name, text] of Object.entries(statements)) {
      const parse = Buffer.from(`${name}\0${text}\0\0\0`, 'latin1');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(4 + parse.length);
      const sync = EXECUTE_AND_SYNC.subarray(10);
      await connection.#answered(Buffer.concat([Buffer.from('P'), length, parse, sync]));
    }
    return connection;
  }

  constructor(host, port) {
    const socket = connect({ host, port, noDelay: true });
    this.#socket = socket;
    socket.on('data', (chunk) => this.#push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#code = LOST;
      this.#ready();
    });
  }

  /** `done(sqlstate, rows)`; the state is empty where all went well. */
  execute(statement, parameters, done) {
    if (this.#socket.destroyed) return void queueMicrotask(() => done(LOST, 0));
    this.#done = done;
    const out = this.#out;
    out[0] = 0x42;
    let at = 6 + out.latin1Write(statement, 6);
    out[5] = 0;
    out[at] = 0;
    at = out.writeUInt16BE(0, at + 1);
    at = out.writeUInt16BE(parameters.length, at);
    for (const parameter of parameters) {
      at = out.writeUInt32BE(parameter.length, at);
      at += out.latin1Write(parameter, at);
    }
    at = out.writeUInt16BE(0, at);
    out.writeUInt32BE(at - 1, 1);
    out.set(EXECUTE_AND_SYNC, at);
    this.#socket.write(Buffer.from(out.subarray(0, at + EXECUTE_AND_SYNC.length)));
  }

  close() {
    this.#done = null;
    this.#socket.destroy();
  }

  #answered(message) {
    return new Promise((resolve, reject) => {
      this.#done = (code) => (code === '' ? resolve() : reject(new Error(`PostgreSQL says ${code}`)));
      this.#socket.write(message);
    });
  }

  #push(chunk) {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= 5) {
      const end = at + 1 + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) break;
      const type = bytes[at];
      if (type === ERROR) this.#code = sqlState(bytes.latin1Slice(at + 5, end));
      else if (type === COMPLETE)
        this.#rows = Number(/(\d+)\0$/.exec(bytes.latin1Slice(at + 5, end))?.[1] ?? 0);
      else if (type === READY) this.#ready();
      at = end;
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : null;
  }

  #ready() {
    const done = this.#done;
    const [code, rows] = [this.#code, this.#rows];
    this.#done = null;
    this.#code = '';
    this.#rows = 0;
    done?.(code, rows);
  }
}

/** Of an ErrorResponse: fields, each a letter and a text. */
function sqlState(fields) {
  return (
    fields
      .split('\0')
      .find((field) => field.startsWith('C'))
      ?.slice(1) ?? 'XX000'
  );
}
