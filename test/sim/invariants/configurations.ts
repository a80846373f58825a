/**
 * Who votes and who learns, worked out from the committed entries alone (Raft §6, thesis §4.3), without the code
 * that the replicas do it with.
 *
 * 1. A change is in force from its own entry on; one that makes no sense then changes nothing, everywhere alike.
 * 2. A joint configuration decides by a majority of each of its halves; learners count for nothing.
 */
import type { ConfigChange, ConfigState, ReplicaId } from '../../../src/raft/entry.js';

/** A configuration, and from which index on it is in force. */
interface Mark {
  readonly index: number;
  readonly config: ConfigState;
}

/** That of an empty log. */
export const NOBODY_YET: ConfigState = {
  voters: [],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

export class Configurations {
  private readonly marks: Mark[];

  /** `first` is in force where every log begins. */
  constructor(index: number, first: ConfigState) {
    this.marks = [{ index, config: first }];
  }

  /** In force once all that is committed is applied. */
  get current(): ConfigState {
    return this.marks.at(-1)!.config;
  }

  /** The index from which on that is so. */
  get lastChange(): number {
    return this.marks.at(-1)!.index;
  }

  /** The change of the entry at `index`, which is behind all before, is committed. */
  committed(index: number, change: ConfigChange): void {
    const config = changed(this.current, change);
    if (config !== this.current) this.marks.push({ index, config });
  }

  /** In force for who has applied everything up to `index`; nobody below where every log begins. */
  at(index: number): ConfigState {
    return this.marks.findLast((mark) => mark.index <= index)?.config ?? NOBODY_YET;
  }

  /** All that were in force between two indexes, these included, the oldest first. */
  between(low: number, high: number): readonly ConfigState[] {
    const first = this.marks.findLastIndex((mark) => mark.index <= low);
    return this.marks.slice(Math.max(0, first)).flatMap((mark, i) => {
      return i === 0 || mark.index <= high ? [mark.config] : [];
    });
  }
}

/** The change that leaves a joint configuration. */
export const LEAVE: ConfigChange = { changes: [], transition: 'auto', context: new Uint8Array(0) };

/** Whether those of whom `holds` is true decide alone under `config`. */
export function isQuorum(config: ConfigState, holds: (id: ReplicaId) => boolean): boolean {
  return isMajority(config.voters, holds) && isMajority(config.votersOutgoing, holds);
}

/** Whether `config` has two halves. */
export function isJoint({ votersOutgoing }: ConfigState): boolean {
  return votersOutgoing.length > 0;
}

/** Whether `id` votes in a half of `config`. */
export function votesIn({ voters, votersOutgoing }: ConfigState, id: ReplicaId): boolean {
  return voters.includes(id) || votersOutgoing.includes(id);
}

/** Whether `id` votes or learns in `config`. */
export function isIn(config: ConfigState, id: ReplicaId): boolean {
  return votesIn(config, id) || config.learners.includes(id);
}

/** Whether two configurations name the same replicas in the same roles. */
export function isSameConfig(one: ConfigState, other: ConfigState): boolean {
  return one === other || textOf(one) === textOf(other);
}

/** A configuration in a line: voters, the outgoing half, learners. */
export function textOf(config: ConfigState): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = config;
  const lists = [voters, votersOutgoing, learners, learnersNext].map((list) => [...list].sort().join(' '));
  return `${lists.join(' / ')}${autoLeave ? ', to be left' : ''}`;
}

/** What becomes of `config` by `change`; `config` itself where that makes no sense. */
export function changed(config: ConfigState, change: ConfigChange): ConfigState {
  const { changes, transition } = change;
  if (changes.length === 0 && transition === 'auto') return isJoint(config) ? left(config) : config;
  if (isJoint(config)) return config;
  const isSimple = transition === 'auto' && changes.length === 1;
  const voters = new Set(config.voters);
  const learners = new Set(config.learners);
  const learnersNext = new Set<ReplicaId>();
  const stays = (id: ReplicaId): boolean => !isSimple && config.voters.includes(id);
  for (const { kind, id } of changes) {
    if (id === '' || kind === 'update' || (kind === 'add-learner' && learners.has(id))) continue;
    for (const set of [voters, learners, learnersNext]) set.delete(id);
    if (kind === 'add-voter') voters.add(id);
    // Who still votes in the outgoing half learns only once that is left.
    if (kind === 'add-learner') (stays(id) ? learnersNext : learners).add(id);
  }
  if (voters.size === 0) return config;
  return {
    voters: [...voters].sort(),
    learners: [...learners].sort(),
    votersOutgoing: isSimple ? [] : config.voters,
    learnersNext: [...learnersNext].sort(),
    autoLeave: !isSimple && transition !== 'joint-explicit',
  };
}

function left({ voters, learners, learnersNext }: ConfigState): ConfigState {
  return {
    voters,
    learners: [...learners, ...learnersNext].sort(),
    votersOutgoing: [],
    learnersNext: [],
    autoLeave: false,
  };
}

function isMajority(voters: readonly ReplicaId[], holds: (id: ReplicaId) => boolean): boolean {
  return voters.length === 0 || 2 * voters.filter(holds).length > voters.length;
}
