/**
 * A seeded run of a mesh in which everything goes wrong: messages are lost, doubled and reordered, saves are slow, replicas
 * crash and lose what they had not saved, links are cut, leadership is handed around, members come and go, logs are
 * compacted. The invariants of Raft (figure 3 of the paper) are checked after every step.
 */
import { isVoter } from '../../../src/raft/config-changer.js';
import type { Entry, ReplicaId } from '../../../src/raft/entry.js';
import {
  Cluster,
  change,
  command,
  configOf,
  ELECTION_TICKS,
  numberOf,
  rid,
  type SimReplica,
} from './cluster.js';

export interface RunCounts {
  readonly committed: number;
  readonly leaders: number;
  readonly crashes: number;
  readonly reads: number;
  readonly snapshots: number;
  readonly configChanges: number;
}

const MESSAGES_ON_WIRE_MAX = 300;

/** Numbers in [0, bound) that depend on the seed alone (mulberry32). */
export function randomOf(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** Runs `steps` random steps, then heals everything and demands progress. Throws at the first broken invariant. */
export function randomRun(seed: number, steps: number): RunCounts {
  return new RandomRun(seed).run(steps);
}

interface Action {
  readonly weight: number;
  readonly act: (replica: SimReplica) => void;
}

class RandomRun {
  private readonly random: (bound: number) => number;
  private readonly cluster: Cluster;
  private readonly leaders = new Map<number, number>();
  private readonly committed = new Map<number, Entry>();
  private readonly seen = new Map<SimReplica, { term: number; commit: number; checked: number }>();
  /** Commit index that anyone knew when a read was asked for. */
  private readonly readFloors = new Map<number, number>();
  private highestCommit = 0;
  private proposals = 0;
  private requests = 0;
  private crashes = 0;
  private reads = 0;
  private configChanges = 0;

  private readonly actions: readonly Action[] = [
    { weight: 500, act: () => this.moveMessage() },
    { weight: 200, act: ({ number }) => this.cluster.finishSave(number) },
    { weight: 150, act: ({ core }) => core.tick() },
    { weight: 20, act: (replica) => this.propose(replica) },
    { weight: 20, act: (replica) => this.propose(this.aLeader() ?? replica) },
    { weight: 40, act: (replica) => this.ask(replica) },
    { weight: 10, act: (replica) => this.changeMembers(replica) },
    { weight: 5, act: () => this.cluster.heal() },
    { weight: 10, act: (replica) => this.compact(replica) },
    { weight: 6, act: (replica) => this.crash(replica) },
    { weight: 5, act: ({ core }) => core.transferLeadership(this.anyId()) },
    { weight: 5, act: ({ core }) => core.forgetLeader() },
    { weight: 5, act: ({ core }) => core.reportUnreachable(this.anyId()) },
    { weight: 5, act: ({ core }) => core.reportSnapshot(this.anyId(), this.random(2) === 0) },
    { weight: 4, act: ({ number }) => this.cluster.isolate(number) },
  ];

  constructor(private readonly seed: number) {
    this.random = randomOf(seed);
    const voters = [1, 2, 3, 4, 5].slice(0, 3 + 2 * this.random(2));
    this.cluster = new Cluster({
      config: configOf(voters),
      core: {
        random: this.random,
        preVote: this.random(4) > 0,
        checkQuorum: this.random(4) > 0,
        messageBytesMax: [1, 80, 10_000][this.random(3)]!,
        inflightMessagesMax: 1 + this.random(8),
      },
    });
    for (const number of [6, 7]) this.cluster.add(number);
  }

  run(steps: number): RunCounts {
    for (let step = 0; step < steps; step++) {
      this.step();
      this.check();
    }
    this.healAndDemandProgress();
    return {
      committed: this.committed.size,
      leaders: this.leaders.size,
      crashes: this.crashes,
      reads: this.reads,
      snapshots: this.cluster.sent.filter(({ kind }) => kind === 'snapshot').length,
      configChanges: this.configChanges,
    };
  }

  private step(): void {
    const { cluster } = this;
    const replica = this.pick(cluster.all());
    if (replica.up) {
      this.weighted(this.actions)(replica);
      if (replica.up && this.random(3) > 0) cluster.turn(replica.number);
    } else if (this.random(20) === 0) {
      cluster.restart(replica.number);
    }
  }

  private weighted(actions: readonly Action[]): Action['act'] {
    const total = actions.reduce((sum, { weight }) => sum + weight, 0);
    let dice = this.random(total);
    for (const { weight, act } of actions) {
      dice -= weight;
      if (dice < 0) return act;
    }
    throw new Error('unreachable: the weights add up');
  }

  private crash(replica: SimReplica): void {
    this.cluster.crash(replica.number);
    this.seen.delete(replica);
    this.crashes++;
  }

  private propose(replica: SimReplica): void {
    replica.core.propose([command(`${this.seed}/${this.proposals++}`)]);
  }

  private moveMessage(): void {
    const { cluster } = this;
    if (cluster.wire.length === 0) return;
    // Mostly from the front, now and then from anywhere.
    const at = this.random(4) > 0 ? 0 : this.random(cluster.wire.length);
    const message = cluster.wire[at]!;
    const fate = this.random(20);
    if (fate > 0 || cluster.wire.length > MESSAGES_ON_WIRE_MAX) cluster.wire.splice(at, 1);
    if (fate !== 1) cluster.deliver(message);
  }

  /** Every other read goes to one that believes that it leads: it may be deposed. */
  private ask(anyone: SimReplica): void {
    const replica = this.random(2) === 0 ? anyone : (this.aLeader() ?? anyone);
    const requestId = ++this.requests;
    this.readFloors.set(requestId, this.highestCommit);
    replica.core.readIndex(requestId);
  }

  private compact(replica: SimReplica): void {
    const { appliedIndex } = replica.core.status();
    if (replica.saving === null && appliedIndex > replica.log.snapshot().index)
      this.cluster.compact(replica.number);
  }

  private changeMembers(replica: SimReplica): void {
    const kind = (['add-voter', 'add-learner', 'remove'] as const)[this.random(3)]!;
    const first = change(kind, this.pick(this.cluster.all()).number);
    const second = change('add-voter', this.pick(this.cluster.all()).number);
    const changes = this.random(3) === 0 ? [...first.changes, ...second.changes] : first.changes;
    if (replica.core.proposeConfigChange({ ...first, changes }).kind === 'appended') this.configChanges++;
  }

  private check(): void {
    for (const replica of this.cluster.all()) {
      if (!replica.up) continue;
      const { role, term, commitIndex, lastIndex } = replica.core.status();
      const before = this.seen.get(replica) ?? { term: 0, commit: 0, checked: 0 };
      this.demand(term >= before.term && commitIndex >= before.commit, 'term and commit index never fall');
      if (role === 'leader') {
        const known = this.leaders.get(term);
        this.demand(
          known === undefined || known === replica.number,
          `election safety: two leaders of term ${term}`,
        );
        if (known === undefined) {
          this.leaders.set(term, replica.number);
          this.checkLeaderCompleteness(replica, lastIndex);
        }
      }
      this.checkApplied(replica, before.checked);
      this.checkReads(replica);
      this.highestCommit = Math.max(this.highestCommit, commitIndex);
      this.seen.set(replica, { term, commit: commitIndex, checked: replica.applied.length });
    }
    this.checkLogMatching();
  }

  /** State machine safety: what one applied at an index, everyone applies there. */
  private checkApplied(replica: SimReplica, from: number): void {
    for (const entry of replica.applied.slice(Math.min(from, replica.applied.length))) {
      const known = this.committed.get(entry.index);
      this.demand(known === undefined || known === entry, `committed stays committed: index ${entry.index}`);
      this.committed.set(entry.index, entry);
    }
    const last = replica.applied.at(-1);
    this.demand(
      last === undefined || last.index === replica.applied.length,
      'entries are applied in order, none left out',
    );
  }

  private checkLeaderCompleteness(replica: SimReplica, lastIndex: number): void {
    // biome-ignore lint/complexity/useLiteralKeys: the only way to a private field that the compiler still checks
    const { log } = replica.core['state'];
    for (const [index, { term }] of this.committed) {
      const held = index <= log.snapshot().index || (index <= lastIndex && log.term(index) === term);
      this.demand(held, `leader completeness: replica ${replica.number} lacks ${index}`);
    }
  }

  /** Log matching: same index and term, same entry, and so for all before it. */
  private checkLogMatching(): void {
    const [one, other] = [this.pick(this.cluster.all()), this.pick(this.cluster.all())];
    const low = Math.max(one.log.firstIndex(), other.log.firstIndex());
    const high = Math.min(one.log.lastIndex(), other.log.lastIndex());
    let matched = false;
    for (let index = high; index >= low; index--) {
      const same =
        one.log.all()[index - one.log.firstIndex()] === other.log.all()[index - other.log.firstIndex()];
      if (one.log.term(index) === other.log.term(index)) matched = true;
      this.demand(same || !matched, `log matching: ${one.number} and ${other.number} at ${index}`);
    }
  }

  private checkReads(replica: SimReplica): void {
    for (const { requestId, index } of replica.reads) {
      this.demand(index >= this.readFloors.get(requestId)!, `stale read ${requestId} at index ${index}`);
      this.reads++;
    }
    replica.reads = [];
  }

  private healAndDemandProgress(): void {
    const { cluster } = this;
    cluster.heal();
    for (const { number, up } of cluster.all()) {
      if (!up) cluster.restart(number);
    }
    cluster.wire = [];
    for (let tries = 0; tries < 60; tries++) {
      cluster.tick(ELECTION_TICKS);
      this.check();
      this.reportLostSnapshots();
      for (const number of cluster.leaders()) {
        cluster.core(number).propose([command(`last ${tries}`)]);
        cluster.settle();
        this.check();
        if (cluster.replica(number).commands().at(-1) !== `last ${tries}`) continue;
        this.demandEquality(number);
        return;
      }
    }
    this.demand(false, 'a healed mesh makes progress');
  }

  /** What carries snapshots owes a leader a report of each: here, that those of the bad times were lost. */
  private reportLostSnapshots(): void {
    for (const number of this.cluster.leaders()) {
      const { core } = this.cluster.replica(number);
      for (const { id, state } of core.status().peers) {
        if (state === 'snapshot') core.reportSnapshot(id, false);
      }
    }
  }

  private demandEquality(leader: number): void {
    const { cluster } = this;
    this.reportLostSnapshots();
    cluster.tick(5 * ELECTION_TICKS);
    this.check();
    const { config } = cluster.core(leader).status();
    const digest = cluster.replica(leader).commands().join();
    for (const { id } of cluster.core(leader).status().peers) {
      const equal = cluster.replica(numberOf(id)).commands().join() === digest;
      this.demand(equal || !isVoter(config, id), `replica ${numberOf(id)} ends with another state`);
    }
  }

  private aLeader(): SimReplica | undefined {
    const leaders = this.cluster.leaders();
    return leaders.length === 0 ? undefined : this.cluster.replica(this.pick(leaders));
  }

  private anyId(): ReplicaId {
    return rid(this.pick(this.cluster.all()).number);
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.random(items.length)]!;
  }

  private demand(condition: boolean, message: string): void {
    if (!condition) throw new Error(`seed ${this.seed}: ${message}`);
  }
}
