/** Cuts the bytes of a stream into gRPC's messages, without copying any that arrived whole. */

const PREFIX = 5;

export class MessageReader {
  #rest = null;
  #onMessage;

  /** `onMessage(bytes, start, end)`. */
  constructor(onMessage) {
    this.#onMessage = onMessage;
  }

  push(part) {
    const bytes = this.#rest ? Buffer.concat([this.#rest, part]) : part;
    let at = 0;
    while (bytes.length - at >= PREFIX) {
      const end = at + PREFIX + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) break;
      this.#onMessage(bytes, at + PREFIX, end);
      at = end;
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : null;
  }
}
