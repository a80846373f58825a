/**
 * Follows the framing of an MQTT byte stream and says when a packet is larger than allowed, from its first bytes on
 * and wherever the chunks are cut, so that nobody buffers what a stranger only announced.
 */
export type FramingFault = 'packet-too-large' | 'malformed-length';

/** MQTT 3.1.1 §2.2.3: the remaining length takes at most four bytes, seven bits each. */
const LENGTH_BYTES_MAX = 4;

export class PacketMeter {
  readonly #remainingBytesMax: number;
  #expects: 'header' | 'length' | 'body' = 'header';
  #lengthBytes = 0;
  #remaining = 0;

  /** `remainingBytesMax`: largest remaining length, i.e. packet without its fixed header. */
  constructor(remainingBytesMax: number) {
    this.#remainingBytesMax = remainingBytesMax;
  }

  /** Takes the next bytes of the stream; after a fault the meter must not be used any more. */
  measure(chunk: Uint8Array): FramingFault | null {
    let at = 0;
    while (at < chunk.length) {
      switch (this.#expects) {
        case 'header':
          at += 1;
          this.#expects = 'length';
          this.#lengthBytes = 0;
          this.#remaining = 0;
          break;
        case 'length': {
          const fault = this.#takeLengthByte(chunk[at]!);
          if (fault !== null) return fault;
          at += 1;
          break;
        }
        case 'body': {
          const taken = Math.min(this.#remaining, chunk.length - at);
          at += taken;
          this.#remaining -= taken;
          if (this.#remaining === 0) this.#expects = 'header';
          break;
        }
      }
    }
    return null;
  }

  #takeLengthByte(byte: number): FramingFault | null {
    this.#remaining += (byte & 0x7f) * 128 ** this.#lengthBytes;
    this.#lengthBytes += 1;
    if (this.#remaining > this.#remainingBytesMax) return 'packet-too-large';
    const more = (byte & 0x80) !== 0;
    if (more && this.#lengthBytes === LENGTH_BYTES_MAX) return 'malformed-length';
    if (!more) this.#expects = this.#remaining === 0 ? 'header' : 'body';
    return null;
  }
}
