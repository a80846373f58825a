/** malha by gRPC, one `Pipeline` for all clients of a connection: each has one request under way at a time. */
import { Http2Connection } from '../http2-connection.mjs';
import { COMMITTED, FAILED, REFUSED } from '../outcome.mjs';
import { Fields } from '../protobuf.mjs';
import { below } from '../trips.mjs';
import { cancel, get, PIPELINE_PATH, piped, reserve } from './malha-messages.mjs';
import { reservationOf } from './malha-unary.mjs';
import { connections } from './spread.mjs';

const FAILED_PRECONDITION = 9;
const SEQUENCE = 1;
const ERROR = 2;
const RESERVED = 10;

const pipedReserve = piped(reserve, RESERVED);
const pipedCancel = piped(cancel, 13);
const pipedGet = piped(get, 20);

export async function open({ targets, clients, connectionsPerNode, reservations }) {
  const lines = await connections(openPipe, targets, clients, connectionsPerNode);
  return {
    client: (client) => streamClient(lines.of(client), client, reservations),
    close: lines.close,
  };
}

async function openPipe(target) {
  const connection = await Http2Connection.open(target);
  return new Pipe(connection);
}

/** Answers come in the order of completion; their sequence is the client's number. */
class Pipe {
  #connection;
  #stream;
  #asked = new Map();

  constructor(connection) {
    this.#connection = connection;
    this.#stream = connection.stream(
      PIPELINE_PATH,
      (bytes, start, end) => this.#answer(bytes, start, end),
      () => this.#lost(),
    );
  }

  ask(sequence, request, subject, trip, done) {
    this.#asked.set(sequence, { trip, done });
    this.#stream.send(request.length(sequence, subject), (buffer, offset) =>
      request.write(buffer, offset, sequence, subject),
    );
  }

  close() {
    this.#connection.close();
  }

  #answer(bytes, start, end) {
    const fields = new Fields(bytes, start, end);
    let sequence = 0;
    while (fields.next()) {
      if (fields.field === SEQUENCE) {
        sequence = fields.value;
        continue;
      }
      const { trip, done } = this.#asked.get(sequence);
      if (fields.field === RESERVED) trip.reservation = reservationOf(bytes, fields.start, fields.end);
      done(fields.field === ERROR ? outcomeOf(bytes, fields.start, fields.end) : COMMITTED);
    }
  }

  #lost() {
    for (const { done } of this.#asked.values()) done(FAILED);
  }
}

function streamClient(pipe, sequence, reservations) {
  const number = sequence + 1;
  return {
    reserve: (trip, done) => pipe.ask(number, pipedReserve, trip, trip, done),
    release: (trip, done) => pipe.ask(number, pipedCancel, trip, trip, done),
    read: (done) => pipe.ask(number, pipedGet, reservations[below(reservations.length)], null, done),
  };
}

/** Of a CallError, whose code is its first field. */
function outcomeOf(bytes, start, end) {
  const fields = new Fields(bytes, start, end);
  return fields.next() && fields.value === FAILED_PRECONDITION ? REFUSED : FAILED;
}
