/**
 * Changes of members: what is asked, and what comes into logs.
 *
 * 1. One at a time (C2): who appends one has nothing of an earlier one before it that is not committed, whoever made that.
 * 2. Who is told that a change is done finds it in force where that was said.
 */
import type { ConfigChange, ConfigState } from '../../../src/raft/entry.js';
import type { MemberOutcome, MemberRequest } from '../../../src/replica/member-requests.js';
import type { SimNode } from '../node.js';
import type { Commits } from './commits.js';
import { changed, isIn, LEAVE, textOf, votesIn } from './configurations.js';
import type { Entries, KnownEntry } from './entries.js';
import { demand } from './violation.js';

export class Changes {
  private appended: KnownEntry[] = [];

  constructor(
    private readonly commits: Commits,
    private readonly entries: Entries,
  ) {}

  /** Those that may yet be committed. */
  get underWay(): readonly ConfigChange[] {
    this.appended = this.appended.filter(({ entry }) => entry.index > this.commits.lastIndex);
    return this.appended.flatMap(({ entry: { payload } }) =>
      payload.kind === 'config' ? [payload.change] : [],
    );
  }

  /** Every configuration that may be in force next, or after that, without anybody asking for more; the present one first. */
  get possible(): readonly ConfigState[] {
    const { current } = this.commits.configurations;
    const next = [current, ...this.underWay.map((change) => changed(current, change))];
    return next.flatMap((config) => (config.autoLeave ? [config, changed(config, LEAVE)] : [config]));
  }

  /** `node` was asked for a change, and says what came of it. */
  answered(node: SimNode, request: MemberRequest, outcome: MemberOutcome): void {
    if (outcome.kind !== 'done' || node.running === null) return;
    const config = this.commits.configurations.at(node.running.probe.coreAppliedIndex);
    const { member, removed } = outcome;
    const votes = request.kind !== 'promote' || votesIn(config, member!.id);
    demand(
      votes &&
        (member === null || isIn(config, member.id)) &&
        (removed === null || !isIn(config, removed.id)),
      'a change that is done is in force',
      () => `${node.name} says that ${request.kind} is done, in force is ${textOf(config)}`,
    );
  }

  /** An entry was seen for the first time: that of the leader who appended it. */
  logs(known: KnownEntry): void {
    if (known.entry.payload.kind !== 'config') return;
    this.appended.push(known);
    let before: KnownEntry | undefined = known;
    for (let index = known.entry.index - 1; index > this.commits.lastIndex; index -= 1) {
      before = this.entries.find(index, before.termBefore);
      if (before === undefined) return;
      demand(
        before.entry.payload.kind !== 'config',
        'one change of members at a time',
        () => `entry ${known.entry.index} of term ${known.entry.term} follows on the one at ${index}`,
      );
    }
  }
}
