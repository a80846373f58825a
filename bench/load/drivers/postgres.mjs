/**
 * PostgreSQL by its own protocol, prepared statements, a connection for each client to the one node that writes. A repeat
 * of a reserve is found by the primary key; the answer to it is not kept.
 */

import { COMMITTED, FAILED, REFUSED } from '../outcome.mjs';
import { PostgresConnection } from '../postgres-connection.mjs';
import { SLOTS, slotStartS } from '../trips.mjs';

const SLOT_TEXTS = Array.from({ length: SLOTS }, (_, slot) => `${slotStartS(slot)}`);
/** exclusion_violation */
const TAKEN = '23P01';

export async function open({ targets, clients, statements }) {
  const lines = await Promise.all(
    Array.from({ length: clients }, () => PostgresConnection.open(targets[0], statements)),
  );
  return {
    client: (client) => postgresClient(lines[client]),
    close: () => {
      for (const line of lines) line.close();
    },
  };
}

function postgresClient(line) {
  return {
    reserve(trip, done) {
      const { key, points, slots } = trip;
      trip.reservation = key;
      const parameters = [key];
      for (let k = 0; k < 3; k += 1) parameters.push(`${points[k]}`, SLOT_TEXTS[slots[k]]);
      line.execute('reserve', parameters, (code, rows) => done(outcomeOf(code, rows)));
    },
    release: ({ key }, done) => line.execute('release', [key], (code, rows) => done(outcomeOf(code, rows))),
  };
}

function outcomeOf(code, rows) {
  if (code === '') return rows === 3 ? COMMITTED : REFUSED;
  return code === TAKEN ? REFUSED : FAILED;
}
