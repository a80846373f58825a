/**
 * What is committed, and by whom.
 *
 * 1. Election safety: a term has one leader (Raft §5.2).
 * 2. Committed means on the disks of a majority; it stays committed, and everybody commits the same (§5.4.3).
 * 3. A leader commits by counting in its own term only, and what is older along with that (§5.4.2).
 * 4. Leader completeness: who leads a term has everything that was committed in earlier ones (§5.4).
 * 5. Of one process, term, commit index and applied index never fall, and nothing is applied that is not committed.
 */
import type { SnapshotMeta } from '../../../src/raft/entry.js';
import type { SavePlan } from '../../../src/storage/save-plan.js';
import type { Coverage } from '../coverage.js';
import type { SimNode } from '../node.js';
import type { Probe } from '../probe.js';
import type { Entries, KnownEntry } from './entries.js';
import { demand } from './violation.js';

/** What was last seen of the present process of a node. */
interface Seen {
  term: number;
  commitIndex: number;
  appliedIndex: number;
  ledTerm: number;
}

export interface CommitsOptions {
  readonly nodes: readonly SimNode[];
  readonly entries: Entries;
  readonly coverage: Coverage;
  /** Where every log begins: committed by definition. */
  readonly baseIndex: number;
}

export class Commits {
  private readonly leaders = new Map<number, SimNode>();
  /** By index, from the base on. */
  private readonly committed: KnownEntry[] = [];
  /** The last index that was committed in each term. */
  private readonly lastOfTerm = new Map<number, number>();
  private readonly seen = new Map<SimNode, Seen>();

  constructor(private readonly options: CommitsOptions) {}

  /** The last committed index that anybody knows. */
  get lastIndex(): number {
    return this.options.baseIndex + this.committed.length;
  }

  /** The committed entry at `index`, if there is one. */
  at(index: number): KnownEntry | undefined {
    return this.committed[index - this.options.baseIndex - 1];
  }

  started(node: SimNode, probe: Probe): void {
    // The commit index is saved when it suits: a process may begin with an older one.
    const { baseIndex } = this.options;
    this.seen.set(node, { term: probe.term, commitIndex: baseIndex, appliedIndex: 0, ledTerm: 0 });
    this.look(node, probe);
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
    if (probe.role === 'leader' && seen.ledTerm !== term) {
      seen.ledTerm = term;
      this.leads(node, probe);
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

  /** The log of `node` begins behind `snapshot` from now on. */
  private begins(node: SimNode, { index, term }: SnapshotMeta): void {
    const committed = this.at(index)?.entry.term;
    demand(
      committed === term,
      'a log begins behind what is committed',
      () => `${node.name} begins behind ${index} of term ${term}, committed is ${committed}`,
    );
  }

  /** Every log as its process has it, against all that is committed. */
  sweep(): void {
    for (const { running, name } of this.options.nodes) {
      if (running === null) continue;
      const { probe } = running;
      for (let index = this.options.baseIndex + 1; index <= probe.commitIndex; index += 1) {
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
    for (let index = seen.commitIndex + 1; index <= commitIndex; index += 1) {
      const own = probe.termAt(index);
      const known = this.at(index);
      if (known === undefined) this.commit(node, index, own);
      demand(
        isAsCommitted(probe, index, this.at(index)!.entry.term),
        'state-machine safety',
        () => `${node.name} commits term ${own} at ${index}, committed is ${this.at(index)!.entry.term}`,
      );
    }
    demand(
      probe.role !== 'leader' || probe.termAt(commitIndex) === term,
      'a leader commits in its own term',
      () => `${node.name} leads term ${term} and commits ${commitIndex} of term ${probe.termAt(commitIndex)}`,
    );
    seen.commitIndex = commitIndex;
    this.lastOfTerm.set(term, Math.max(commitIndex, this.lastOfTerm.get(term) ?? 0));
  }

  private commit(node: SimNode, index: number, term: number | undefined): void {
    const known = term === undefined ? undefined : this.options.entries.find(index, term);
    demand(known !== undefined, 'committed is known', () => `${node.name} commits ${index} of term ${term}`);
    const { nodes, coverage } = this.options;
    const holders = nodes.filter(({ log }) => log.term(index) === term || log.base.index > index);
    demand(
      2 * holders.length > nodes.length,
      'committed means on a majority of disks',
      () => `${node.name} commits ${index} of term ${term}, on disk at ${holders.map(({ name }) => name)}`,
    );
    this.committed.push(known);
    coverage.count('entry committed');
  }

  private leads(node: SimNode, probe: Probe): void {
    const { term } = probe;
    const other = this.leaders.get(term);
    demand(
      other === undefined || other === node,
      'election safety',
      () => `${other?.name} and ${node.name} lead term ${term}`,
    );
    this.leaders.set(term, node);
    this.options.coverage.count('leader elected');
    let mustHave = this.options.baseIndex;
    for (const [earlier, last] of this.lastOfTerm) if (earlier < term) mustHave = Math.max(mustHave, last);
    const wanted = this.at(mustHave)?.entry.term;
    demand(
      wanted === undefined || probe.termAt(mustHave) === wanted,
      'leader completeness',
      () => `${node.name} leads term ${term} without ${mustHave} of term ${wanted}`,
    );
  }
}

/** Whether a log has the committed entry, or begins behind it. */
function isAsCommitted(probe: Probe, index: number, term: number): boolean {
  const own = probe.termAt(index);
  return own === term || (own === undefined && index < probe.firstIndex);
}
