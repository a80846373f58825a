/** The in-memory twin of ReadTrail: question and answer take a turn of `defer` each, and are lost with the way. */
import type { ReplicaId } from '../raft/entry.js';
import type { TrailPageRequest, TrailRecord, TrailTransport } from '../replica/ports.js';

type Answer = (request: TrailPageRequest) => Promise<readonly TrailRecord[]>;

export class MemoryTrails {
  readonly #answers = new Map<ReplicaId, Answer>();
  /** What arrives in the place of an answer; a test may change it. */
  tamper: (records: readonly TrailRecord[], from: ReplicaId) => readonly TrailRecord[] = (records) => records;

  constructor(
    private readonly defer: (task: () => void) => void,
    private readonly isDown: (from: ReplicaId, to: ReplicaId) => boolean,
  ) {}

  /** The way to and from a replica, until it is removed. */
  transport(id: ReplicaId): TrailTransport {
    return {
      ask: (peer, request, signal) => this.#ask(id, peer, request, signal),
      serve: (answer) => {
        this.#answers.set(id, answer);
      },
    };
  }

  /** The process of `id` ended. */
  remove(id: ReplicaId): void {
    this.#answers.delete(id);
  }

  #ask(
    asker: ReplicaId,
    peer: ReplicaId,
    request: TrailPageRequest,
    signal: AbortSignal,
  ): Promise<readonly TrailRecord[] | null> {
    return new Promise((resolve) => {
      const answerer = this.#answers.get(peer);
      const end = (records: readonly TrailRecord[] | null): void => {
        signal.removeEventListener('abort', nothing);
        resolve(records);
      };
      const nothing = (): void => end(null);
      signal.addEventListener('abort', nothing);
      if (answerer === undefined || signal.aborted) return nothing();
      const arrive = (records: readonly TrailRecord[] | null): void =>
        this.defer(() => end(this.#joins(asker, peer, answerer) ? records : null));
      this.defer(() => {
        if (!this.#joins(asker, peer, answerer)) return nothing();
        answerer(request).then(
          (records) => arrive(this.tamper(records, peer)),
          () => arrive(null),
        );
      });
    });
  }

  /** Whether the way is open in both directions, to the process that was asked. */
  #joins(one: ReplicaId, other: ReplicaId, answerer: Answer): boolean {
    return this.#answers.get(other) === answerer && !this.isDown(one, other) && !this.isDown(other, one);
  }
}
