/**
 * All invariants, told of everything that happens. The first that does not hold is kept and ends the run.
 */
import type { SnapshotMeta } from '../../../src/raft/entry.js';
import type { Batch } from '../../../src/replica/frame.js';
import type { StateMeta } from '../../../src/replica/ports.js';
import type { SavePlan } from '../../../src/storage/save-plan.js';
import type { Coverage } from '../coverage.js';
import type { Running, SimNode } from '../node.js';
import { Answers } from './answers.js';
import { Bookings } from './bookings.js';
import { Changes } from './changes.js';
import { Commits } from './commits.js';
import { isIn } from './configurations.js';
import { Elections } from './elections.js';
import { Entries } from './entries.js';
import { Ledgers } from './ledgers.js';
import { Promises } from './promises.js';
import { Trails } from './trails.js';
import { Violation } from './violation.js';

export interface JudgeOptions {
  /** Every node that there ever was: grows. */
  readonly nodes: readonly SimNode[];
  readonly coverage: Coverage;
  /** Where every founder's log begins. */
  readonly base: SnapshotMeta;
}

export class Judge {
  readonly commits: Commits;
  readonly answers: Answers;
  readonly changes: Changes;
  readonly trails = new Trails();
  private readonly elections: Elections;
  private readonly entries: Entries;
  private readonly ledgers: Ledgers;
  private readonly bookings: Bookings;
  private readonly promises = new Promises();
  private readonly nodes: readonly SimNode[];
  private readonly coverage: Coverage;
  private first: Error | null = null;

  constructor({ nodes, coverage, base }: JudgeOptions) {
    this.nodes = nodes;
    this.coverage = coverage;
    this.entries = new Entries((known) => {
      this.answers.logs(known);
      this.changes.logs(known);
    });
    this.commits = new Commits({ nodes, entries: this.entries, coverage, base });
    this.changes = new Changes(this.commits, this.entries);
    this.elections = new Elections(this.commits, this.promises, coverage);
    this.bookings = new Bookings();
    this.ledgers = new Ledgers(this.commits, this.bookings, coverage);
    this.answers = new Answers(this.commits, this.ledgers);
  }

  /** Throws the first violation, if there was one. */
  check(): void {
    if (this.first !== null) throw this.first;
  }

  /** Runs a judgement whose verdict must not get lost in the code that is judged. */
  hear(judgement: () => void): void {
    try {
      judgement();
    } catch (error) {
      this.first ??= error as Error;
    }
  }

  started(node: SimNode, { replica, probe }: Running): void {
    this.hear(() => {
      this.promises.started(node, probe.term);
      this.commits.started(node, probe);
    });
    replica.onApplied(
      ({ answer, repeated, events }) => {
        this.hear(() => {
          this.commits.look(node, probe);
          const { ledger } = probe;
          this.ledgers.applied(node, ledger.appliedIndex, { answer, repeated, events, ledger });
        });
      },
      () => this.hear(() => this.ledgers.restored(node, probe.ledger.meta())),
    );
    this.hear(() => this.ledgers.restored(node, probe.ledger.meta()));
  }

  saves(node: SimNode, plan: SavePlan): void {
    this.hear(() => {
      this.commits.replaces(node, plan);
      const { entries, base } = plan;
      if (entries.length === 0) return;
      const before = entries[0]!.index - 1;
      const termBefore = before === base?.snapshot.index ? base.snapshot.term : node.log.term(before)!;
      this.knows(node);
      this.entries.see(entries, termBefore);
    });
  }

  /** `node` begins to send `to` the state of which `meta` tells. */
  sendsState(node: SimNode, to: SimNode, { appliedIndex, config }: StateMeta): void {
    if (to.log.base.index === 0) this.coverage.count('state sent to an empty disk');
    this.hear(() => this.commits.names(node, appliedIndex, config));
  }

  sends(node: SimNode, batch: Batch): void {
    this.hear(() => {
      this.knows(node);
      if (!isIn(this.commits.configurations.current, node.id)) this.coverage.count('stranger spoke');
      for (const frame of batch.frames) {
        if (frame.kind !== 'raft') continue;
        const { message } = frame;
        if (message.kind === 'append') this.entries.see(message.entries, message.prevTerm);
        else this.promises.sent(node, message);
      }
    });
  }

  turned(node: SimNode, { probe }: Running): void {
    this.hear(() => {
      this.commits.turned(node, probe);
      this.elections.look(node, probe);
    });
  }

  /** In the middle of a turn: `node` acts on what it committed a moment ago. */
  private knows(node: SimNode): void {
    if (node.running !== null) this.commits.look(node, node.running.probe);
  }

  /** A process ended for no reason that its world gave it. */
  defect(node: SimNode, error: Error): void {
    this.first ??= new Violation('no process ends by its own fault', `${node.name}: ${error.message}`);
  }

  /** Everything at once, as far as it is not checked step by step. */
  sweep(): void {
    this.hear(() => {
      this.commits.sweep();
      for (const node of this.nodes) this.trails.look(node);
      for (const { running, name } of this.nodes) {
        if (running === null || running.probe.ledger.appliedIndex < this.commits.lastIndex) continue;
        this.bookings.sweep(name, running.probe.ledger);
      }
    });
  }
}
