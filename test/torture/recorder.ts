/** Writes down what clients do and hear, in the order in which this one process saw it. */
import type { MeshCall, MeshEvent, MeshReply } from '../checker/mesh-history.js';

/** How an attempt ends. */
export type Heard =
  | { readonly kind: 'answer'; readonly reply: MeshReply }
  /** `denied`: it was promised that nothing was and will be done. */
  | { readonly kind: 'unknown' | 'denied'; readonly reason: string };

export class Recorder {
  readonly #sinceMs = performance.now();
  #attempts = 0;

  /** `write` is called with every event, in their order. */
  constructor(private readonly write: (event: MeshEvent) => void) {}

  /** A client begins an attempt. Returns what is to be called once with its end. */
  begin(client: string, call: MeshCall): (heard: Heard) => void {
    const attempt = this.#attempts;
    this.#attempts += 1;
    this.write({ event: 'invoke', attempt, client, realMs: this.nowMs(), call });
    return (heard) => {
      const realMs = this.nowMs();
      if (heard.kind === 'answer') this.write({ event: 'answer', attempt, realMs, reply: heard.reply });
      else this.write({ event: heard.kind, attempt, realMs, reason: heard.reason });
    };
  }

  /** How many attempts were begun. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Milliseconds since it began. */
  nowMs(): number {
    return Math.round(performance.now() - this.#sinceMs);
  }
}
