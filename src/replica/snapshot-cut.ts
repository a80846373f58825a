/**
 * One cut of the own state on its way to a peer, in as many streams as that takes.
 *
 * 1. All its streams read the one snapshot of the store: what one left off, the next goes on with.
 * 2. It remembers the places behind the chunks it handed out, and goes on only behind one of these: a peer that claims
 *    anything else has something else.
 */
import type { SnapshotChunk, SnapshotPlace, StateMeta, StateRow, StateSnapshot } from './ports.js';
import { BEGINNING, behind, isSamePlace } from './snapshot-place.js';

/** Characters of rows from which on a chunk is full: checked, loaded and written in one step, of a millisecond or two. */
const CHUNK_CHARACTERS = 16 * 1024;

/**
 * Places that are remembered, the newest ones. A peer has put down all chunks but those under way, which is what the
 * buffers of a connection hold: a few megabytes. This is room for 64.
 */
const MARKS_MAX = 4_096;

interface Mark {
  readonly place: SnapshotPlace;
  /** Of the last row before it. */
  readonly key: string;
}

export class SnapshotCut {
  /** When its newest stream ended; real milliseconds. */
  idleSinceMs: number;
  private marks: Mark[] = [];

  /** Takes over `snapshot`, which `close` closes. `id`: see SnapshotHeader. `openedAtMs`: real milliseconds. */
  constructor(
    readonly id: number,
    readonly openedAtMs: number,
    private readonly snapshot: StateSnapshot,
  ) {
    this.idleSinceMs = openedAtMs;
  }

  get meta(): StateMeta {
    return this.snapshot.meta;
  }

  /** Whether any of it was handed out. */
  get isBegun(): boolean {
    return this.marks.length > 0;
  }

  /** Whether `chunks` can go on behind `place`. */
  reached(place: SnapshotPlace): boolean {
    return this.markAt(place) !== undefined;
  }

  /** The chunks behind `after`: the beginning, or a place that was reached. One at a time may be read. */
  async *chunks(after: SnapshotPlace): AsyncGenerator<SnapshotChunk> {
    const mark = this.markAt(after);
    if (mark === undefined && !isSamePlace(after, BEGINNING)) {
      throw new Error(`assertion: cut ${this.id} never reached row ${after.rows}`);
    }
    this.marks = this.marks.filter(({ place }) => place.chunks <= after.chunks);
    let place = after;
    for await (const page of this.snapshot.pages(mark?.key)) {
      for (const rows of partsOf(page)) {
        place = behind(place, rows);
        if (this.marks.length === MARKS_MAX) this.marks.shift();
        this.marks.push({ place, key: rows.at(-1)!.key });
        yield { rows, place };
      }
    }
  }

  close(): Promise<void> {
    return this.snapshot.close();
  }

  private markAt(place: SnapshotPlace): Mark | undefined {
    return this.marks.find((mark) => isSamePlace(mark.place, place));
  }
}

/** Cuts a page where chunks are full; a larger row makes a chunk of its own. */
function* partsOf(page: readonly StateRow[]): Generator<readonly StateRow[]> {
  let part: StateRow[] = [];
  let characters = 0;
  for (const row of page) {
    const cost = row.key.length + row.row.length;
    if (part.length > 0 && characters + cost > CHUNK_CHARACTERS) {
      yield part;
      part = [];
      characters = 0;
    }
    part.push(row);
    characters += cost;
  }
  if (part.length > 0) yield part;
}
