/**
 * Tells a client of a shared broker its own messages from those of others, where they come back to it: MQTT 3.1.1 does not
 * say who published a message. Bounded: of too many that are still to come back the oldest are taken for somebody else's.
 */

const EXPECTED_MAX = 1_000;

export class Echoes {
  /** How often each is still to come back, in the order in which they were sent first. */
  readonly #expected = new Map<string, number>();

  /** It was sent, and will come back. */
  expect(topic: string, payload: Uint8Array): void {
    const key = keyOf(topic, payload);
    this.#expected.set(key, (this.#expected.get(key) ?? 0) + 1);
    if (this.#expected.size <= EXPECTED_MAX) return;
    for (const oldest of this.#expected.keys()) {
      this.#expected.delete(oldest);
      break;
    }
  }

  /** Whether what was heard is one of them; each counts once. */
  take(topic: string, payload: Uint8Array): boolean {
    if (this.#expected.size === 0) return false;
    const key = keyOf(topic, payload);
    const count = this.#expected.get(key) ?? 0;
    if (count > 1) this.#expected.set(key, count - 1);
    else this.#expected.delete(key);
    return count > 0;
  }

  /** The connection was lost: what was on its way may never come. */
  forget(): void {
    this.#expected.clear();
  }
}

function keyOf(topic: string, payload: Uint8Array): string {
  return `${topic}\n${Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('latin1')}`;
}
