/** The messages of malha.mesh.v1 that the load sends, with what never changes made beforehand. */
import {
  bytesField,
  putBytes,
  putText,
  putVarint,
  textField,
  textLength,
  timestampField,
  varintLength,
} from '../protobuf.mjs';
import { POINTS, SLOT_S, SLOTS, slotStartS } from '../trips.mjs';

export const RESERVE_PATH = '/malha.mesh.v1.ReservationService/Reserve';
export const CANCEL_PATH = '/malha.mesh.v1.ReservationService/Cancel';
export const GET_PATH = '/malha.mesh.v1.ReservationService/GetReservation';
export const PIPELINE_PATH = '/malha.mesh.v1.ReservationService/Pipeline';

const STOPS_FIELD = 3;
const STOPS_TAG = (STOPS_FIELD << 3) | 2;

/** Of WantedStop. */
const POINT_FIELDS = Array.from({ length: POINTS + 1 }, (_, id) => textField(1, `${id}`));
const WINDOW_FIELDS = Array.from({ length: SLOTS }, (_, slot) =>
  Buffer.concat([timestampField(4, slotStartS(slot)), timestampField(5, slotStartS(slot) + SLOT_S)]),
);

export const reserve = {
  length({ holder, key, points, slots }) {
    let length = textLength(holder) + textLength(key);
    for (let k = 0; k < 3; k += 1) length += 2 + stopLength(points[k], slots[k]);
    return length;
  },
  write(buffer, offset, { holder, key, points, slots }) {
    let at = putText(buffer, putText(buffer, offset, 1, holder), 2, key);
    for (let k = 0; k < 3; k += 1) {
      buffer[at] = STOPS_TAG;
      buffer[at + 1] = stopLength(points[k], slots[k]);
      at = putBytes(buffer, at + 2, POINT_FIELDS[points[k]]);
      at = putBytes(buffer, at, WINDOW_FIELDS[slots[k]]);
    }
    return at;
  },
};

function stopLength(point, slot) {
  return POINT_FIELDS[point].length + WINDOW_FIELDS[slot].length;
}

/** The key of a release is that of its trip and a mark: a key is good for one request. */
const RELEASE_MARK = '-';

export const cancel = {
  length: ({ holder, key, reservation }) =>
    textLength(holder) + 1 + textLength(key) + textLength(reservation),
  write(buffer, offset, { holder, key, reservation }) {
    const at = putText(buffer, putText(buffer, offset, 1, holder), 2, releaseKey({ key }));
    return putText(buffer, at, 3, reservation);
  },
};

export function releaseKey({ key }) {
  return key + RELEASE_MARK;
}

export const get = {
  length: (reservation) => textLength(reservation),
  write: (buffer, offset, reservation) => putText(buffer, offset, 1, reservation),
};

/** A request of a pipeline around one of the above; `field` is its number in the `oneof`. */
export function piped(message, field) {
  const tag = field * 8 + 2;
  const tagLength = varintLength(tag);
  return {
    length(sequence, subject) {
      const inner = message.length(subject);
      return 1 + varintLength(sequence) + tagLength + varintLength(inner) + inner;
    },
    write(buffer, offset, sequence, subject) {
      buffer[offset] = 8;
      const at = putVarint(buffer, putVarint(buffer, offset + 1, sequence), tag);
      return message.write(buffer, putVarint(buffer, at, message.length(subject)), subject);
    },
  };
}

/** ReserveResponse as an empty server answers it. */
export const EMPTY_RESERVED = Buffer.concat([
  Buffer.from([8, 1]),
  bytesField(2, Buffer.from([8, 1])),
  textField(3, 'r1'),
]);
