/**
 * Sends a waiter's command on its way, into this replica's own log or to the leader: completed with what only
 * this node knows, and noted as a copy that is out until it is refused.
 */
import { versionOf } from '../ledger/version.js';
import type { Frame } from './frame.js';
import type { Codec } from './ports.js';
import type { Candidate } from './proposer.js';
import type { Submissions } from './submissions.js';
import type { Timekeeper } from './timekeeper.js';
import type { Waiter } from './waiters.js';

interface Copy {
  readonly proposalId: number;
  readonly notAfterMs: number;
  readonly command: Uint8Array;
}

export class Dispatch {
  constructor(
    private readonly submissions: Submissions,
    private readonly time: Timekeeper,
    private readonly codec: Codec,
    private readonly company: string,
  ) {}

  /** For the own log, when this replica leads; null when the command cannot be written down. */
  candidate(waiter: Waiter): Candidate | null {
    const copy = this.copyOf(waiter);
    if (copy === null) return null;
    return {
      command: copy.command,
      notAfterMs: copy.notAfterMs,
      refuse: (reason) => this.submissions.refused(copy.proposalId, reason, this.time.realMs()),
    };
  }

  /** For the leader; null when the command cannot be written down. */
  frame(waiter: Waiter): Frame | null {
    const copy = this.copyOf(waiter);
    return copy === null ? null : { kind: 'proposal', ...copy };
  }

  private copyOf(waiter: Waiter): Copy | null {
    const nowMs = this.time.realMs();
    const leftMs = Math.max(0, waiter.deadlineMs - nowMs);
    // It may take effect as long as its caller waits, and as far as two clocks may differ.
    const ledgerMs = this.time.ledgerTimeMs();
    const notAfterMs = ledgerMs + this.time.scaled(leftMs) + this.time.skewMaxMs;
    try {
      const command = this.codec.encodeCommand({
        ...waiter.submission,
        ledgerVersion: versionOf(waiter.submission.operation),
        originCompany: this.company,
        notAfterMs,
      });
      const proposalId = this.submissions.sent(waiter, notAfterMs, nowMs, ledgerMs);
      return { proposalId, notAfterMs, command };
    } catch (error) {
      this.submissions.broken(waiter, error instanceof Error ? error : new Error(String(error)));
      return null;
    }
  }
}
