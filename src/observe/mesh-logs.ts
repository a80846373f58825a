/**
 * The lines of all nodes of the mesh, for whoever follows them at any node.
 *
 * 1. In order for each node, each line once; what is left out is told by a `gap`, and so is that a node cannot be
 *    reached, and that it can be again.
 * 2. Nothing is kept for a reader but its place at every node and one item of each: its pace is the pace at which nodes are
 *    asked.
 * 3. A node that cannot be reached is asked again while the reader follows, and goes on where the reader was.
 */
import type { LogFollowing, LogItem, LogPosition } from './log-follower.js';
import type { LogLevel } from './log-level.js';
import { Rendezvous } from './rendezvous.js';

/** A node whose lines can be had. */
export interface LogSource {
  readonly company: string;
  /** Rejects, or ends, when the node cannot be reached any more. */
  follow(following: LogFollowing, signal: AbortSignal): AsyncIterable<LogItem>;
}

/** Behind which line of each node, by company, a reader is. */
export type MeshPosition = ReadonlyMap<string, LogPosition>;

export type MeshLogItem =
  | {
      readonly kind: 'line';
      readonly company: string;
      readonly position: LogPosition;
      readonly level: LogLevel;
      readonly text: string;
    }
  | {
      readonly kind: 'gap';
      readonly company: string;
      readonly position: LogPosition;
      /** Null: another process, whose lines begin anew. */
      readonly lines: number | null;
    }
  /** `problem`: why the node cannot be reached; '' when it can be again. */
  | { readonly kind: 'node'; readonly company: string; readonly problem: string };

export interface MeshFollowing extends Omit<LogFollowing, 'after'> {
  readonly after: MeshPosition;
  /** Whose nodes; empty for all. */
  readonly companies: readonly string[];
  /** Whether to go on once everything was told that was said. */
  readonly onAndOn: boolean;
}

export interface MeshLogsOptions {
  /** All nodes as they are known now, this one included. */
  readonly sources: () => readonly LogSource[];
  readonly followersMax: number;
  /** Until a node that could not be reached is asked again, and between looks for new nodes; real milliseconds. */
  readonly retryMs: number;
}

/** Bounds of a node. */
export const MESH_LOGS_BOUNDS = { followersMax: 32, retryMs: 1_000 } as const;

export class MeshLogs {
  readonly #options: MeshLogsOptions;
  readonly #followers = new Set<MeshLogFollower>();
  #closed = false;

  constructor(options: MeshLogsOptions) {
    this.#options = options;
  }

  /** How many follow now. */
  get size(): number {
    return this.#followers.size;
  }

  /** A reader, for which `leave` must be called when it is done; undefined when too many follow, or after `close`. */
  follow(following: MeshFollowing): MeshLogFollower | undefined {
    if (this.#closed || this.#followers.size >= this.#options.followersMax) return undefined;
    const follower = new MeshLogFollower(this.#options, following);
    this.#followers.add(follower);
    return follower;
  }

  /** Ends the reader's loop, and its calls to other nodes. */
  leave(follower: MeshLogFollower): void {
    this.#followers.delete(follower);
    follower.stop();
  }

  /** Ends all readers and takes no more. */
  close(): void {
    this.#closed = true;
    for (const follower of [...this.#followers]) this.leave(follower);
  }
}

const NOT_KNOWN = 'no node of this company is known';

type Brought =
  | MeshLogItem
  | { readonly kind: 'even'; readonly company: string; readonly position: LogPosition };

export class MeshLogFollower implements AsyncIterable<MeshLogItem> {
  readonly #options: Pick<MeshLogsOptions, 'sources' | 'retryMs'>;
  readonly #following: MeshFollowing;
  readonly #places: Map<string, LogPosition>;
  readonly #meeting = new Rendezvous<Brought>();
  readonly #over = new AbortController();
  readonly #pumps = new Map<string, Promise<void>>();
  #tellStopped: () => void = () => {};
  /** Resolves with `stop`. */
  readonly stopped = new Promise<void>((resolve) => {
    this.#tellStopped = resolve;
  });

  constructor(options: Pick<MeshLogsOptions, 'sources' | 'retryMs'>, following: MeshFollowing) {
    this.#options = options;
    this.#following = following;
    this.#places = new Map(following.after);
  }

  /** Where the reader is: behind all that it took. */
  get place(): MeshPosition {
    return this.#places;
  }

  /** The reader wants nothing more: its loop ends. */
  stop(): void {
    this.#over.abort();
    this.#meeting.close();
    this.#tellStopped();
  }

  /** Ends after `stop`, or where it is not to go on and on once every node has told its lines or why not. One loop. */
  async *[Symbol.asyncIterator](): AsyncGenerator<MeshLogItem, void, undefined> {
    void this.#pumpAll();
    for (let next = await this.#meeting.take(); next !== undefined; next = await this.#meeting.take()) {
      if (next.kind !== 'node') this.#places.set(next.company, next.position);
      if (next.kind !== 'even') yield next;
    }
  }

  async #pumpAll(): Promise<void> {
    const { signal } = this.#over;
    const { companies, onAndOn } = this.#following;
    const all = (): readonly string[] => this.#options.sources().map(({ company }) => company);
    const known = all();
    const strangers = companies.filter((company) => !known.includes(company));
    await Promise.all(
      strangers.map((company) => this.#meeting.bring({ kind: 'node', company, problem: NOT_KNOWN })),
    );
    do {
      for (const company of all()) {
        const isWanted = companies.length === 0 || companies.includes(company);
        if (isWanted && !this.#pumps.has(company)) this.#pumps.set(company, this.#pump(company));
      }
      if (onAndOn) await pause(this.#options.retryMs, signal);
    } while (onAndOn && !signal.aborted);
    await Promise.all(this.#pumps.values());
    this.#meeting.close();
  }

  /** Brings the lines of one node, for as long as they are wanted. Never rejects. */
  async #pump(company: string): Promise<void> {
    const { signal } = this.#over;
    const { onAndOn, least, trace, tail } = this.#following;
    let problem = '';
    while (!signal.aborted) {
      const after = this.#places.get(company) ?? null;
      let why = 'the node ended the stream';
      try {
        // Its address may have changed since.
        const source = this.#options.sources().find((each) => each.company === company);
        if (source === undefined) throw new Error(NOT_KNOWN);
        for await (const item of source.follow({ after, least, trace, tail }, signal)) {
          if (problem !== '') await this.#meeting.bring({ kind: 'node', company, problem: '' });
          problem = '';
          await this.#meeting.bring({ ...item, company });
          if (item.kind === 'even' && !onAndOn) return;
        }
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
      }
      if (signal.aborted) return;
      if (problem === '') await this.#meeting.bring({ kind: 'node', company, problem: why });
      problem = why;
      if (!onAndOn) return;
      await pause(this.#options.retryMs, signal);
    }
  }
}

/** Resolves after `delayMs`, or when `signal` aborts. */
function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, delayMs);
    signal.addEventListener('abort', over);
  });
}
