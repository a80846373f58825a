/** malha by REST v1, a connection of its own for each client, kept alive. */

import { HttpConnection } from '../http-connection.mjs';
import { COMMITTED, FAILED, REFUSED } from '../outcome.mjs';
import { below, SLOT_S, SLOTS, slotStartS } from '../trips.mjs';
import { releaseKey } from './malha-messages.mjs';
import { nodeOf } from './spread.mjs';

const WINDOWS = Array.from({ length: SLOTS }, (_, slot) => {
  const start = new Date(slotStartS(slot) * 1_000).toISOString();
  const end = new Date((slotStartS(slot) + SLOT_S) * 1_000).toISOString();
  return `"start":"${start}","end":"${end}"}`;
});
/** In an answer, before the name of the reservation. */
const ID = Buffer.from('"id":"');

export async function open({ targets, clients, reservations }) {
  const lines = await Promise.all(
    Array.from({ length: clients }, (_, client) => HttpConnection.open(nodeOf(client, targets))),
  );
  return {
    client: (client) => restClient(lines[client], nodeOf(client, targets), reservations),
    close: () => {
      for (const line of lines) line.close();
    },
  };
}

function restClient(line, { host, port }, reservations) {
  const end = ` HTTP/1.1\r\nHost: ${host}:${port}\r\n`;
  const json = `${end}Content-Type: application/json\r\nMalha-Vehicle: `;
  return {
    reserve(trip, done) {
      const { holder, key, points, slots } = trip;
      const stops = `${stop(points[0], slots[0])},${stop(points[1], slots[1])},${stop(points[2], slots[2])}`;
      const body = `{"stops":[${stops}]}`;
      line.ask(
        `POST /v1/reservations${json}${holder}\r\nIdempotency-Key: ${key}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        (status, bytes, start) => {
          if (status === 201) trip.reservation = idIn(bytes, start);
          done(outcomeOf(status));
        },
      );
    },
    release(trip, done) {
      line.ask(
        `POST /v1/reservations/${trip.reservation}/cancel${json}${trip.holder}\r\nIdempotency-Key: ${releaseKey(trip)}\r\nContent-Length: 2\r\n\r\n{}`,
        (status) => done(outcomeOf(status)),
      );
    },
    read(done) {
      line.ask(`GET /v1/reservations/${reservations[below(reservations.length)]}${end}\r\n`, (status) =>
        done(outcomeOf(status)),
      );
    },
  };
}

function stop(point, slot) {
  return `{"pointId":"${point}",${WINDOWS[slot]}`;
}

function idIn(bytes, start) {
  const at = bytes.indexOf(ID, start) + ID.length;
  return bytes.latin1Slice(at, bytes.indexOf(0x22, at));
}

function outcomeOf(status) {
  if (status < 300) return COMMITTED;
  return status === 409 ? REFUSED : FAILED;
}
