/**
 * What is committed, and by whom.
 *
 * 1. Committed means on the disks of a majority of the voters, of both halves where the configuration is joint (§6); it
 *    stays committed, and everybody commits the same (§5.4.3).
 * 2. A leader commits by counting in its own term only, and what is older along with that (§5.4.2).
 * 3. Of one process, term, commit index and applied index never fall, and nothing is applied that is not committed.
 * 4. Everybody is in the configuration that the committed entries up to the applied index make.
 */
import type { ConfigState, ReplicaId, SnapshotMeta } from '../../../src/raft/entry.js';
import type { SavePlan } from '../../../src/storage/save-plan.js';
import type { Coverage } from '../coverage.js';
import type { SimNode } from '../node.js';
import type { Probe } from '../probe.js';
import { Configurations, isJoint, isQuorum, isSameConfig, textOf } from './configurations.js';
import type { Entries, KnownEntry } from './entries.js';
import { demand } from './violation.js';

/** What was last seen of the present process of a node. */
interface Seen {
  term: number;
  commitIndex: number;
  appliedIndex: number;
  coreAppliedIndex: number;
  config: ConfigState | null;
}

export interface CommitsOptions {
  /** Every node that there ever was. */
  readonly nodes: readonly SimNode[];
  readonly entries: Entries;
  readonly coverage: Coverage;
  /** Where every founder's log begins: committed by definition. */
  readonly base: SnapshotMeta;
}

export class Commits {
  readonly configurations: Configurations;
  /** By index, from the base on. */
  private readonly committed: KnownEntry[] = [];
  /** The last index that was committed in each term. */
  private readonly lastOfTerm = new Map<number, number>();
  private readonly seen = new Map<SimNode, Seen>();

  constructor(private readonly options: CommitsOptions) {
    this.configurations = new Configurations(options.base.index, options.base.config);
  }

  /** The last committed index that anybody knows. */
  get lastIndex(): number {
    return this.options.base.index + this.committed.length;
  }

  /** The committed entry at `index`, if there is one. */
  at(index: number): KnownEntry | undefined {
    return this.committed[index - this.options.base.index - 1];
  }

  /** The term of what is committed at `index`, from where every log begins on. */
  termAt(index: number): number | undefined {
    const { base } = this.options;
    return index === base.index ? base.term : this.at(index)?.entry.term;
  }

  /** The last index that was committed in a term before `term`. */
  lastBefore(term: number): number {
    let index = this.options.base.index;
    for (const [earlier, last] of this.lastOfTerm) if (earlier < term) index = Math.max(index, last);
    return index;
  }

  started(node: SimNode, probe: Probe): void {
    // The commit index is saved when it suits: a process may begin with an older one.
    const { coreAppliedIndex, term } = probe;
    this.seen.set(node, { term, commitIndex: 0, appliedIndex: 0, coreAppliedIndex, config: null });
    this.look(node, probe);
    this.turned(node, probe);
  }

  /** A turn of `node` is over. */
  turned(node: SimNode, probe: Probe): void {
    this.look(node, probe);
    const seen = this.seen.get(node)!;
    seen.coreAppliedIndex = probe.coreAppliedIndex;
    if (seen.config === probe.config) return;
    seen.config = probe.config;
    const wanted = this.configurations.at(probe.configIndex);
    demand(
      isSameConfig(probe.config, wanted),
      'everybody is in the configuration of the log',
      () => `${node.name} is in ${textOf(probe.config)} at ${probe.configIndex}, not in ${textOf(wanted)}`,
    );
  }

  /** Compares what `node` is now with what it was. */
  look(node: SimNode, probe: Probe): void {
    const seen = this.seen.get(node)!;
    const { term, commitIndex } = probe;
    const { appliedIndex } = probe.ledger;
    if (term !== seen.term) {
      demand(term > seen.term, 'a term never falls', () => `${node.name}: ${term} after ${seen.term}`);
      seen.term = term;
    }
    if (commitIndex !== seen.commitIndex) this.commitMoved(node, probe, seen);
    if (appliedIndex !== seen.appliedIndex) {
      demand(
        appliedIndex > seen.appliedIndex && appliedIndex <= Math.max(commitIndex, this.lastIndex),
        'applied goes up to commit',
        () => `${node.name}: ${appliedIndex} after ${seen.appliedIndex}, commit ${commitIndex}`,
      );
      seen.appliedIndex = appliedIndex;
    }
  }

  /** A save of `node` begins: what it takes off the disk must not be committed. */
  replaces(node: SimNode, { replacedFrom, oldLast, entries, base }: SavePlan): void {
    if (base !== null) this.begins(node, base.snapshot);
    if (replacedFrom === null) return;
    // Up to a new base the snapshot stands for the entries.
    const from = Math.max(replacedFrom, (base?.snapshot.index ?? 0) + 1);
    for (let index = from; index <= Math.min(oldLast, this.lastIndex); index += 1) {
      const committed = this.at(index)!.entry.term;
      const next = entries[index - (entries[0]?.index ?? 0)]?.term;
      demand(
        node.log.term(index) !== committed || next === committed,
        'committed stays committed',
        () => `${node.name} replaces ${index} of term ${committed} by ${next ?? 'nothing'}`,
      );
    }
  }

  /** A snapshot or a state says that `config` is in force at `index`. */
  names(node: SimNode, index: number, config: ConfigState): void {
    const wanted = this.configurations.at(index);
    demand(
      isSameConfig(config, wanted),
      'a snapshot names the configuration of its index',
      () => `${node.name} names ${textOf(config)} at ${index}, in force is ${textOf(wanted)}`,
    );
  }

  /** The log of `node` begins behind `snapshot` from now on. */
  private begins(node: SimNode, { index, term, config }: SnapshotMeta): void {
    const committed = this.termAt(index);
    demand(
      committed === term,
      'a log begins behind what is committed',
      () => `${node.name} begins behind ${index} of term ${term}, committed is ${committed}`,
    );
    this.names(node, index, config);
  }

  /** Every log as its process has it, against all that is committed. */
  sweep(): void {
    for (const { running, name } of this.options.nodes) {
      if (running === null) continue;
      const { probe } = running;
      // What lies below the first entry was compacted away.
      const from = Math.max(this.options.base.index + 1, probe.firstIndex);
      for (let index = from; index <= probe.commitIndex; index += 1) {
        const committed = this.at(index)?.entry.term;
        demand(
          committed === undefined || isAsCommitted(probe, index, committed),
          'committed stays committed',
          () => `${name} has term ${probe.termAt(index)} at ${index}, committed is ${committed}`,
        );
      }
    }
  }

  private commitMoved(node: SimNode, probe: Probe, seen: Seen): void {
    const { commitIndex, term } = probe;
    demand(
      commitIndex > seen.commitIndex,
      'commit never falls',
      () => `${node.name}: ${commitIndex} after ${seen.commitIndex}`,
    );
    const knownIndex = this.lastIndex;
    for (
      let index = Math.max(seen.commitIndex, this.options.base.index) + 1;
      index <= commitIndex;
      index += 1
    ) {
      const own = probe.termAt(index);
      const known = this.at(index);
      if (known === undefined) this.commit(node, seen.coreAppliedIndex, index, own);
      demand(
        isAsCommitted(probe, index, this.at(index)!.entry.term),
        'state-machine safety',
        () => `${node.name} commits term ${own} at ${index}, committed is ${this.at(index)!.entry.term}`,
      );
    }
    // What somebody else had committed already, it may have heard just before it led.
    const isNews = commitIndex > knownIndex;
    demand(
      probe.role !== 'leader' || !isNews || probe.termAt(commitIndex) === term,
      'a leader commits in its own term',
      () => `${node.name} leads term ${term} and commits ${commitIndex} of term ${probe.termAt(commitIndex)}`,
    );
    seen.commitIndex = commitIndex;
    this.lastOfTerm.set(term, Math.max(commitIndex, this.lastOfTerm.get(term) ?? 0));
  }

  /** `appliedIndex`: how far the one who commits had applied before, and so, at least, in which configuration it counts. */
  private commit(node: SimNode, appliedIndex: number, index: number, term: number | undefined): void {
    const known = term === undefined ? undefined : this.options.entries.find(index, term);
    demand(known !== undefined, 'committed is known', () => `${node.name} commits ${index} of term ${term}`);
    const { nodes, coverage } = this.options;
    const holders = nodes.filter(({ log }) => log.term(index) === term || log.base.index > index);
    const ids = new Set<ReplicaId>(holders.map(({ id }) => id));
    // A change is in force once it is applied: an entry behind it may also be counted without it.
    const configs = this.configurations.between(appliedIndex, index - 1);
    demand(
      configs.some((config) => isQuorum(config, (id) => ids.has(id))),
      'committed means on a majority of disks',
      () =>
        `${node.name} commits ${index} of term ${term}, on disk at ${[...ids]}, in force ${configs.map(textOf)}`,
    );
    this.committed.push(known);
    coverage.count('entry committed');
    const { payload } = known.entry;
    if (payload.kind !== 'config') return;
    const before = this.configurations.current;
    this.configurations.committed(index, payload.change);
    countChange(coverage, before, this.configurations.current);
  }
}

function countChange(coverage: Coverage, before: ConfigState, after: ConfigState): void {
  if (isJoint(after)) coverage.count('joint configuration entered');
  if (isJoint(before) && !isJoint(after)) coverage.count('joint configuration left');
  const was = (id: ReplicaId): boolean => before.voters.includes(id) || before.votersOutgoing.includes(id);
  const is = (id: ReplicaId): boolean => after.voters.includes(id) || after.votersOutgoing.includes(id);
  for (const id of after.learners) {
    if (was(id)) coverage.count('voter became a learner');
    else if (!before.learners.includes(id)) coverage.count('learner came');
  }
  for (const id of before.learners) if (is(id)) coverage.count('learner became a voter');
  for (const id of [...before.learners, ...before.voters, ...before.votersOutgoing]) {
    if (!is(id) && !after.learners.includes(id)) coverage.count('member went');
  }
}

/** Whether a log has the committed entry, or begins behind it. */
function isAsCommitted(probe: Probe, index: number, term: number): boolean {
  const own = probe.termAt(index);
  return own === term || (own === undefined && index < probe.firstIndex);
}
