/**
 * What leaves for peers: the frames of a turn in batches, with what every batch says of its sender's clocks. Who was
 * waiting for a frame that could not be sent is told at once.
 */
import type { ReplicaId } from '../raft/entry.js';
import type { RaftCore } from '../raft/raft-core.js';
import type { Outbox } from './outbox.js';
import type { Submissions } from './submissions.js';
import type { Timekeeper } from './timekeeper.js';

export interface DeparturesOptions {
  readonly self: ReplicaId;
  readonly core: RaftCore;
  readonly outbox: Outbox;
  readonly time: Timekeeper;
  readonly submissions: Submissions;
  /** The newest ledger version that this program understands. */
  readonly understands: number;
}

export class Departures {
  constructor(private readonly options: DeparturesOptions) {}

  /** Sends what gathered in the outbox. `leading`: whether this replica's word on ledger time counts. */
  flush(leading: boolean): void {
    const { self, core, outbox, time, submissions, understands } = this.options;
    if (outbox.isEmpty) return;
    const lost = outbox.flush({
      from: self,
      wallMs: time.wallMs(),
      ledgerMs: leading ? time.ledgerTimeMs() : 0,
      medianMs: leading ? time.medianMs() : 0,
      commitIndex: leading ? core.status().commitIndex : 0,
      understands,
    });
    for (const [to, frames] of lost) {
      core.reportUnreachable(to);
      for (const frame of frames) {
        if (frame.kind === 'proposal') submissions.refused(frame.proposalId, 'not-leader', time.realMs());
      }
    }
  }
}
