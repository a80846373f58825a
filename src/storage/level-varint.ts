/** Reads what LevelDB writes: variable-length integers, and bytes with their length in front, one after the other. */
export class LevelReader {
  #at: number;

  constructor(
    readonly bytes: Buffer,
    at = 0,
  ) {
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  /** Up to 2^53 - 1; throws a RangeError beyond that and at the end of the bytes. */
  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes.readUInt8(this.#at);
      this.#at += 1;
      value += (byte & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new RangeError('a number beyond 2^53');
      if (byte < 128) return value;
    }
  }

  /** `length` bytes, which share the memory. Throws a RangeError where there are fewer. */
  take(length: number): Buffer {
    if (this.#at + length > this.bytes.length) throw new RangeError(`${length} bytes at ${this.#at}`);
    const taken = this.bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }

  skipText(): void {
    this.take(this.number());
  }
}
