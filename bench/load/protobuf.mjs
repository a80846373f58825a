/** As much of protobuf's encoding as the requests and answers of the benchmark need, on buffers that are there. */

export function varintLength(value) {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
}

/** Writes a number below 2^53; returns the offset behind it. */
export function putVarint(buffer, offset, value) {
  let at = offset;
  let rest = value;
  while (rest >= 0x80) {
    buffer[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  buffer[at++] = rest;
  return at;
}

/** Fields below 16, of up to 16 KiB of ASCII. */
export function textLength(text) {
  return 1 + varintLength(text.length) + text.length;
}

export function putText(buffer, offset, field, text) {
  buffer[offset] = (field << 3) | 2;
  const at = putVarint(buffer, offset + 1, text.length);
  return at + buffer.latin1Write(text, at);
}

export function putBytes(buffer, offset, bytes) {
  buffer.set(bytes, offset);
  return offset + bytes.length;
}

/** A field of those bytes, with its tag. */
export function bytesField(field, bytes) {
  const head = Buffer.alloc(10);
  const tagged = putVarint(head, 0, field * 8 + 2);
  return Buffer.concat([head.subarray(0, putVarint(head, tagged, bytes.length)), bytes]);
}

export function varintField(field, value) {
  const bytes = Buffer.alloc(20);
  return bytes.subarray(0, putVarint(bytes, putVarint(bytes, 0, field * 8), value));
}

export function textField(field, text) {
  return bytesField(field, Buffer.from(text, 'latin1'));
}

/** google.protobuf.Timestamp of whole seconds. */
export function timestampField(field, seconds) {
  return bytesField(field, varintField(1, seconds));
}

/** Walks a message's fields: `next` moves on, then `field` and either `value` or `start` and `end` are of the one it is at. */
export class Fields {
  field = 0;
  value = 0;
  start = 0;
  end = 0;
  #at;
  #limit;
  #bytes;

  constructor(bytes, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#limit = end;
  }

  next() {
    if (this.#at >= this.#limit) return false;
    const tag = this.#varint();
    this.field = Math.floor(tag / 8);
    const type = tag % 8;
    this.start = this.#at;
    this.value = 0;
    if (type === 0) this.value = this.#varint();
    else if (type === 2) {
      const length = this.#varint();
      this.start = this.#at;
      this.#at += length;
    } else if (type === 1) this.#at += 8;
    else if (type === 5) this.#at += 4;
    else throw new Error(`no protobuf: wire type ${type}`);
    this.end = this.#at;
    return true;
  }

  text() {
    return this.#bytes.latin1Slice(this.start, this.end);
  }

  #varint() {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }
}
