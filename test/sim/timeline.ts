/**
 * Virtual time: one queue of everything that will happen, in the order of (time, when it was put there).
 * Nothing else moves time, and time never goes back.
 */

/** Something that will happen. What takes a promise holds up the world until it settled. */
type Happening = () => void | Promise<void>;

interface Task {
  readonly atUs: number;
  readonly order: number;
  readonly run: Happening;
  readonly quiet: boolean;
}

/**
 * Microtasks that one happening may set off in a row: a save, a read and an answer take three at most. What takes
 * longer, a page of a state, goes on after one of the next happenings, in the same order on every run.
 */
const MICROTASK_DEPTH = 4;

export class Timeline {
  /** Virtual microseconds since the beginning. */
  nowUs = 0;
  private readonly heap: Task[] = [];
  private order = 0;

  after(delayUs: number, run: Happening): void {
    this.order += 1;
    this.push({ atUs: this.nowUs + delayUs, order: this.order, run, quiet: false });
  }

  /** For what settles no promise: nothing follows from it at once, so nobody waits for that. Half of all is so. */
  afterQuietly(delayUs: number, run: () => void): void {
    this.order += 1;
    this.push({ atUs: this.nowUs + delayUs, order: this.order, run, quiet: true });
  }

  /**
   * While `goOn`, which is asked before each: moves time to the next happening and lets it happen, with all that
   * follows from it at once.
   */
  async run(goOn: () => boolean): Promise<void> {
    while (goOn()) {
      const { atUs, run, quiet } = this.pop();
      this.nowUs = atUs;
      const pending = run();
      if (quiet) continue;
      if (pending !== undefined) await pending;
      for (let k = 0; k < MICROTASK_DEPTH; k += 1) await null;
    }
  }

  private push(task: Task): void {
    const { heap } = this;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!isBefore(task, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = task;
  }

  private pop(): Task {
    const { heap } = this;
    const first = heap[0];
    if (first === undefined) throw new Error('bug: a world in which nothing will happen');
    const last = heap.pop()!;
    if (heap.length > 0) this.sink(last);
    return first;
  }

  private sink(task: Task): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, task)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = task;
  }
}

function isBefore(one: Task, other: Task): boolean {
  return one.atUs < other.atUs || (one.atUs === other.atUs && one.order < other.order);
}
