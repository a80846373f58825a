/**
 * Steps 2 and 3 of the way of one reservation, for one replica: what waits here and what peers passed on goes into
 * this replica's own log when it leads, else on to the leader, or back with a refusal.
 */
import type { Logger } from '../observe/logger.js';
import { NOBODY, type ReplicaId } from '../raft/entry.js';
import type { SoftState } from '../raft/ready.js';
import type { Dispatch } from './dispatch.js';
import type { Frame } from './frame.js';
import type { Outbox } from './outbox.js';
import type { Candidate, Proposer } from './proposer.js';
import type { Submissions } from './submissions.js';
import type { Timekeeper } from './timekeeper.js';
import type { Waiter } from './waiters.js';

export interface ProposalsOptions {
  readonly submissions: Submissions;
  readonly dispatch: Dispatch;
  readonly proposer: Proposer;
  readonly outbox: Outbox;
  readonly time: Timekeeper;
  /** Whether a replica votes or learns here. */
  readonly isMember: (id: ReplicaId) => boolean;
  readonly logger: Logger;
}

export class Proposals {
  private forwarded: Candidate[] = [];
  /** Whether all waiters are to be looked at for another try, not only the new ones. */
  private scanIsDue = false;

  constructor(private readonly options: ProposalsOptions) {}

  /** A peer passed a command on. */
  passedOn(from: ReplicaId, frame: Extract<Frame, { readonly kind: 'proposal' }>): void {
    const { command, notAfterMs, proposalId } = frame;
    const { outbox, isMember } = this.options;
    const candidate: Candidate = {
      command,
      notAfterMs,
      refuse: (reason) => outbox.add(from, { kind: 'proposal-refused', proposalId, reason }),
    };
    // Who was taken out, and may not know it, would never see the outcome.
    if (isMember(from)) this.forwarded.push(candidate);
    else candidate.refuse('not-leader');
  }

  /** Waiters may be due for another try: the next `propose` looks at all of them. */
  lookAgain(): void {
    this.scanIsDue = true;
  }

  /** Sends on its way what was passed on since the last call, and what waits here and is due. */
  propose(soft: SoftState): void {
    const due = this.takeWaiters();
    const { submissions, dispatch, proposer, outbox, time, logger } = this.options;
    const forwarded = this.forwarded;
    this.forwarded = [];
    if (soft.role === 'leader') {
      const isChoreDue = proposer.isChoreDue(time.ledgerTimeMs());
      if (due.length === 0 && forwarded.length === 0 && !isChoreDue) return;
      const own = due.map((waiter) => dispatch.candidate(waiter));
      proposer.propose([...own.filter((candidate) => candidate !== null), ...forwarded]);
      return;
    }
    for (const candidate of forwarded) candidate.refuse('not-leader');
    for (const waiter of due) {
      if (soft.leader === NOBODY) {
        submissions.postpone(waiter);
        continue;
      }
      const frame = dispatch.frame(waiter);
      if (frame === null) continue;
      outbox.add(soft.leader, frame);
      const { traceId: trace, operation } = waiter.submission;
      logger.debug({ trace, to: soft.leader, operation: operation.kind }, 'passed on to the leader');
    }
  }

  private takeWaiters(): readonly Waiter[] {
    const { submissions, time } = this.options;
    if (!this.scanIsDue) return submissions.takeFresh();
    this.scanIsDue = false;
    return submissions.takeDue(time.realMs());
  }
}
