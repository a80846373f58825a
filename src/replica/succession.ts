/**
 * A dead leader is noticed at once: when its process is gone (see Transport), a follower does not wait for an election
 * time-out. So a leader that was killed costs a fraction of one.
 *
 * 1. The follower forgets the leader, and so grants pre-votes; it follows the leader again as soon as that speaks.
 * 2. It starts a pre-vote at a random moment of every 50 ms, until a leader is known, it gave its vote to another, or an
 *    election time-out is over: from then on the ordinary time-out decides alone.
 * 3. Terms stand still unless a quorum grants (PreVote): a follower that is wrong about the leader costs messages only.
 */
import type { Logger } from '../observe/logger.js';
import { NOBODY, type ReplicaId } from '../raft/entry.js';
import type { RaftCore } from '../raft/raft-core.js';

/** Those who notice together shall not stand together: two that vote for themselves elect nobody. */
const WINDOW_MS = 50;
/** They did all the same, for messages take long between them: they need that much more room, and time. */
const WIDER = 4;

export interface SuccessionOptions {
  readonly core: RaftCore;
  readonly electionMs: number;
  readonly logger: Logger;
  /** An integer in [0, bound). */
  readonly random: (bound: number) => number;
  /** See ReplicaOptions. */
  readonly after: (delayMs: number, run: () => void) => () => void;
  /** Monotonic real milliseconds. */
  readonly realMs: () => number;
  /** Asks for a turn. */
  readonly wake: () => void;
}

/** The search for a successor while it goes on. */
interface Search {
  /** That of the leader that is gone. */
  readonly leaderTerm: number;
  /** That of the newest try. */
  term: number;
  untilMs: number;
  /** The next try falls into the window that begins here. */
  windowAtMs: number;
  windowMs: number;
  isDue: boolean;
  cancel: () => void;
}

export class Succession {
  private search: Search | null = null;

  constructor(private readonly options: SuccessionOptions) {}

  /** The process of `peer` is gone. Matters to those whom it led. */
  gone(peer: ReplicaId): void {
    const { core, electionMs, logger, realMs } = this.options;
    const { leader, term } = core.status();
    if (leader !== peer) return;
    core.reportGone(peer);
    logger.info({ leader: peer, term }, 'the process of the leader is gone');
    this.end();
    const nowMs = realMs();
    this.search = {
      ...{ leaderTerm: term, term, untilMs: nowMs + electionMs, windowAtMs: nowMs, windowMs: WINDOW_MS },
      ...{ isDue: false, cancel: () => {} },
    };
    this.arm(this.search);
  }

  /** Called in every turn, once all that came in was taken: the leader may have spoken after all. */
  proceed(): void {
    const { search } = this;
    if (search === null) return;
    const { core, electionMs, realMs } = this.options;
    const { id, role, leader, term, vote } = core.status();
    // Who won a vote leads in a moment, or tries again by itself: to stand against it now would undo its election.
    const gaveVote = term > search.leaderTerm && vote !== NOBODY && vote !== id;
    if (leader !== NOBODY || gaveVote || realMs() >= search.untilMs) {
      this.end();
    } else if (search.isDue) {
      search.isDue = false;
      if (term > search.term) {
        search.term = term;
        search.untilMs = realMs() + electionMs;
        search.windowMs = Math.min(search.windowMs * WIDER, electionMs);
      }
      // A candidate's election is decided by votes: to begin anew would give those away that are on their way.
      if (role !== 'candidate') core.campaign();
      this.arm(search);
    }
  }

  /** Seeks no longer. */
  end(): void {
    this.search?.cancel();
    this.search = null;
  }

  private arm(search: Search): void {
    const { after, random, realMs, wake } = this.options;
    const nowMs = realMs();
    const atMs = search.windowAtMs + random(search.windowMs);
    search.windowAtMs = Math.max(search.windowAtMs + search.windowMs, nowMs);
    search.cancel = after(Math.max(0, atMs - nowMs), () => {
      search.isDue = true;
      wake();
    });
  }
}
