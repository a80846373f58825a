/**
 * Requests on a shared broker to which no reply was seen yet, in order of arrival.
 *
 * Each node hears each request and each reply. One that does not lead keeps what it heard, so that it can answer
 * what a leader left behind. A reply names its request (`pedido`); one that does not is taken for the oldest request
 * with its topic. Count, bytes and age of what is kept are bounded: the oldest go first.
 */
export interface Unanswered {
  /** Same for the same topic and payload, on every node. */
  readonly label: string;
  readonly replyTopic: string;
  readonly bytes: number;
  readonly arrivedAtMs: number;
}

export interface BacklogLimits {
  readonly countMax: number;
  readonly bytesMax: number;
  readonly keepMs: number;
}

export class Backlog<R extends Unanswered> {
  readonly #limits: BacklogLimits;
  /** In order of arrival, as a Set keeps it. */
  readonly #requests = new Set<R>();
  #bytes = 0;

  constructor(limits: BacklogLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#requests.size;
  }

  /** Keeps a request; returns those that had to go for it. */
  keep(request: R): readonly R[] {
    this.#requests.add(request);
    this.#bytes += request.bytes;
    return this.#dropWhile(
      () => this.#requests.size > this.#limits.countMax || this.#bytes > this.#limits.bytesMax,
    );
  }

  /** Drops what was kept for too long, and returns it. */
  expire(nowMs: number): readonly R[] {
    return this.#dropWhile((oldest) => nowMs - oldest.arrivedAtMs > this.#limits.keepMs);
  }

  /** Takes out the request that a reply answers, if it is here; `label` undefined where the reply names none. */
  answered(replyTopic: string, label: string | undefined): R | undefined {
    for (const request of this.#requests) {
      if (request.replyTopic === replyTopic && (label === undefined || request.label === label)) {
        this.remove(request);
        return request;
      }
    }
    return undefined;
  }

  remove(request: R): void {
    if (this.#requests.delete(request)) this.#bytes -= request.bytes;
  }

  /** Takes out everything, in order of arrival. */
  takeAll(): readonly R[] {
    return this.#dropWhile(() => true);
  }

  #dropWhile(mustGo: (oldest: R) => boolean): readonly R[] {
    const gone: R[] = [];
    for (const oldest of this.#requests) {
      if (!mustGo(oldest)) break;
      this.remove(oldest);
      gone.push(oldest);
    }
    return gone;
  }
}
