/**
 * The configurations that were in force from the log's base on, by index: a base that moves, or a state that is
 * sent, must name the one as of its own index. Changes are rare, so this is a short list.
 */
import type { ConfigState, SnapshotMeta } from '../raft/entry.js';

interface Mark {
  /** The index of the entry that brought it into force. */
  readonly index: number;
  readonly config: ConfigState;
}

export class ConfigHistory {
  /** In order of index; the first is in force at the base. */
  private marks: Mark[] = [];

  constructor(base: SnapshotMeta) {
    this.restart(base);
  }

  get current(): ConfigState {
    return this.marks.at(-1)!.config;
  }

  /** From `index` on, which is behind all that were noted before, `config` is in force. */
  changed(index: number, config: ConfigState): void {
    this.marks.push({ index, config });
  }

  /** The configuration in force at `index`, at or above the base. Throws (a bug) for an index below. */
  at(index: number): ConfigState {
    const mark = this.marks.findLast((each) => each.index <= index);
    if (mark === undefined) throw new Error(`assertion: no configuration is known at ${index}`);
    return mark.config;
  }

  /** The base moved up to `index`: what was in force before it is forgotten. */
  forgetBefore(index: number): void {
    const first = this.marks.findLastIndex((mark) => mark.index <= index);
    this.marks.splice(0, Math.max(0, first));
  }

  /** The log begins anew behind `base`. */
  restart({ index, config }: SnapshotMeta): void {
    this.marks = [{ index, config }];
  }
}
