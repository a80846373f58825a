/** malha by gRPC, a call for each operation. */
import { Http2Connection } from '../http2-connection.mjs';
import { COMMITTED, FAILED, REFUSED } from '../outcome.mjs';
import { Fields } from '../protobuf.mjs';
import { below } from '../trips.mjs';
import { CANCEL_PATH, cancel, GET_PATH, get, RESERVE_PATH, reserve } from './malha-messages.mjs';
import { connections } from './spread.mjs';

const FAILED_PRECONDITION = 9;
const RESERVATION_ID = 3;

export async function open({ targets, clients, connectionsPerNode, reservations }) {
  const lines = await connections(Http2Connection.open, targets, clients, connectionsPerNode);
  return {
    client: (client) => unaryClient(lines.of(client), reservations),
    close: lines.close,
  };
}

export function unaryClient(line, reservations) {
  return {
    reserve(trip, done) {
      const write = (buffer, offset) => reserve.write(buffer, offset, trip);
      line.call(RESERVE_PATH, reserve.length(trip), write, (status, message) => {
        if (message) trip.reservation = reservationOf(message, 0, message.length);
        done(outcomeOf(status, message));
      });
    },
    release(trip, done) {
      const write = (buffer, offset) => cancel.write(buffer, offset, trip);
      line.call(CANCEL_PATH, cancel.length(trip), write, (status, message) =>
        done(outcomeOf(status, message)),
      );
    },
    read(done) {
      const wanted = reservations[below(reservations.length)];
      const write = (buffer, offset) => get.write(buffer, offset, wanted);
      line.call(GET_PATH, get.length(wanted), write, (status, message) => done(outcomeOf(status, message)));
    },
  };
}

function outcomeOf(status, message) {
  if (status === 0 && message) return COMMITTED;
  return status === FAILED_PRECONDITION ? REFUSED : FAILED;
}

export function reservationOf(bytes, start, end) {
  const fields = new Fields(bytes, start, end);
  while (fields.next()) if (fields.field === RESERVATION_ID) return fields.text();
  throw new Error('an answer without a reservation');
}
