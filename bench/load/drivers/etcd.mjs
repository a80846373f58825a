/**
 * etcd by gRPC, a call for each operation. A cell is a key, its value the key of the request that took it: three cells are
 * taken in one transaction if none of them exists, and given back in one if all three are still that request's. Nothing
 * more is asked of etcd: no lease, no record of answers.
 */
import { Http2Connection } from '../http2-connection.mjs';
import { COMMITTED, FAILED, REFUSED } from '../outcome.mjs';
import { bytesField, Fields, putBytes, textField, varintField } from '../protobuf.mjs';
import { below } from '../trips.mjs';
import { connections } from './spread.mjs';

const TXN_PATH = '/etcdserverpb.KV/Txn';
const RANGE_PATH = '/etcdserverpb.KV/Range';
const SUCCEEDED = 2;
const COMPARE_VERSION = 0;
const COMPARE_VALUE = 3;

export async function open({ targets, clients, connectionsPerNode, reservations }) {
  const lines = await connections(Http2Connection.open, targets, clients, connectionsPerNode);
  return { client: (client) => etcdClient(lines.of(client), reservations), close: lines.close };
}

export function etcdClient(line, reservations) {
  const transact = (message, done) =>
    line.call(TXN_PATH, message.length, putter(message), (status, answer) =>
      done(status === 0 && answer ? outcomeOf(answer) : FAILED),
    );
  return {
    reserve(trip, done) {
      trip.reservation = trip.key;
      transact(reserveMessage(trip), done);
    },
    release: (trip, done) => transact(releaseMessage(trip), done),
    read(done) {
      const message = textField(1, reservations[below(reservations.length)]);
      line.call(RANGE_PATH, message.length, putter(message), (status, answer) =>
        done(status === 0 && answer ? COMMITTED : FAILED),
      );
    },
  };
}

function reserveMessage(trip) {
  const cells = cellsOf(trip);
  const value = textField(2, trip.key);
  return Buffer.concat([
    ...cells.map((cell) => compare(COMPARE_VERSION, cell, varintField(4, 0))),
    ...cells.map((cell) => bytesField(2, bytesField(2, Buffer.concat([textField(1, cell), value])))),
  ]);
}

function releaseMessage(trip) {
  const cells = cellsOf(trip);
  const value = textField(7, trip.key);
  return Buffer.concat([
    ...cells.map((cell) => compare(COMPARE_VALUE, cell, value)),
    ...cells.map((cell) => bytesField(2, bytesField(3, textField(1, cell)))),
  ]);
}

/** Result 0 is "equal", which protobuf leaves out. */
function compare(target, cell, expected) {
  return bytesField(1, Buffer.concat([varintField(2, target), textField(3, cell), expected]));
}

export function cellsOf({ points, slots }) {
  return points.map((point, k) => `points/${point}/${slots[k]}`);
}

function putter(message) {
  return (buffer, offset) => putBytes(buffer, offset, message);
}

function outcomeOf(answer) {
  const fields = new Fields(answer);
  while (fields.next()) if (fields.field === SUCCEEDED) return fields.value === 1 ? COMMITTED : REFUSED;
  return REFUSED;
}
