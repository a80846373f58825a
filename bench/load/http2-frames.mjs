/** The frames of HTTP/2 (RFC 9113 §4, §6) as both ends of the benchmark write and read them. */

export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;

/** Of DATA and HEADERS; of SETTINGS and PING the same bit says ACK. */
export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 0x20;

export const FRAME_HEAD = 9;
/** Both ends allow this much at once, so that only what the other end allows is ever waited for. */
export const WIDE_WINDOW = 2 ** 30;
export const FIRST_WINDOW = 65_535;
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export function putHead(buffer, offset, length, type, flags, stream) {
  buffer[offset] = length >>> 16;
  buffer[offset + 1] = length >>> 8;
  buffer[offset + 2] = length;
  buffer[offset + 3] = type;
  buffer[offset + 4] = flags;
  buffer.writeUInt32BE(stream, offset + 5);
  return offset + FRAME_HEAD;
}

export function frame(type, flags, stream, payload = Buffer.alloc(0)) {
  const whole = Buffer.alloc(FRAME_HEAD + payload.length);
  putHead(whole, 0, payload.length, type, flags, stream);
  whole.set(payload, FRAME_HEAD);
  return whole;
}

/** What either end says first: no table of headers (RFC 7541 §4.2), no push, wide windows. */
export function opening() {
  const settings = Buffer.alloc(18);
  for (const [k, [name, value]] of [
    [1, 0],
    [2, 0],
    [4, WIDE_WINDOW],
  ].entries()) {
    settings.writeUInt16BE(name, k * 6);
    settings.writeUInt32BE(value, k * 6 + 2);
  }
  return Buffer.concat([frame(SETTINGS, 0, 0, settings), windowUpdate(WIDE_WINDOW)]);
}

/** Of the whole connection, unless a stream is named. */
export function windowUpdate(bytes, stream = 0) {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame(WINDOW_UPDATE, 0, stream, payload);
}

/** Cuts what arrives into frames, without copying any that arrived whole. */
export class FrameReader {
  #rest = null;
  #onFrame;

  /** `onFrame(type, flags, stream, bytes, start, end)`: the payload without padding and priority. */
  constructor(onFrame) {
    this.#onFrame = onFrame;
  }

  push(chunk) {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= FRAME_HEAD) {
      const length = bytes.readUIntBE(at, 3);
      const end = at + FRAME_HEAD + length;
      if (end > bytes.length) break;
      const type = bytes[at + 3];
      const flags = bytes[at + 4];
      let start = at + FRAME_HEAD;
      let padding = 0;
      if (type === DATA || type === HEADERS) {
        if (flags & PADDED) padding = bytes[start++];
        if (type === HEADERS && flags & PRIORITY) start += 5;
      }
      this.#onFrame(type, flags, bytes.readUInt32BE(at + 5) & 0x7fffffff, bytes, start, end - padding);
      at = end;
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : null;
  }
}
