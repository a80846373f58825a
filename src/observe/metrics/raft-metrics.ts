/**
 * Consensus as this node sees it: who leads, how far the log is, what waits, how many losses the mesh can take.
 */
import type { SoftState } from '../../raft/ready.js';
import type { ReplicaFigures } from '../../replica/figures.js';
import type { MeshStatus } from '../../replica/mesh.js';
import { type Families, flag, show } from './families.js';

/** The way to one peer, as the transport has it. */
export interface LinkFacts {
  readonly company: string;
  readonly state: 'connecting' | 'up' | 'down';
  /** Sent, or waiting to be, and not acknowledged. */
  readonly pendingBytes: number;
}

export class RaftMetrics {
  private readonly leader;
  private readonly leaderKnown;
  private readonly ready;
  private readonly term;
  private readonly commitIndex;
  private readonly appliedIndex;
  private readonly lastIndex;
  private readonly applyLag;
  private readonly elections;
  private readonly leaderChanges;
  private readonly voters;
  private readonly learners;
  private readonly lossesTolerated;
  private readonly submissionsWaiting;
  private readonly readsWaiting;
  private readonly uncommittedBytes;
  private readonly peerLag;
  private readonly peerInflight;
  private readonly linksUp;
  private readonly linkUp;
  private readonly linkPending;
  private readonly clockOffset;
  private readonly clockOffsetMax;
  private readonly diskStalls;
  private known: { readonly leader: string; readonly term: number } = { leader: '', term: 0 };
  private stoodInTerm = 0;

  constructor(families: Families) {
    const gauge = (name: string, help: string) => families.gauge(`malha_${name}`, help);
    this.ready = gauge(
      'ready',
      'Whether this node is caught up with a leader and has no problem (1), as /readyz says.',
    );
    this.leader = gauge('raft_leader', 'Whether this replica leads (1).');
    this.leaderKnown = gauge('raft_leader_known', 'Whether this replica knows a leader (1).');
    this.term = gauge('raft_term', 'The term that this replica is in.');
    this.lastIndex = gauge('raft_last_index', 'Index of the last entry of the log here.');
    this.commitIndex = gauge(
      'raft_commit_index',
      'Index up to which entries are known to be committed here.',
    );
    this.appliedIndex = gauge('raft_applied_index', 'Index up to which entries are applied here.');
    this.applyLag = gauge('raft_apply_lag_entries', 'Entries that are committed and not yet applied here.');
    this.elections = families.counter(
      'malha_raft_elections_total',
      'Elections in which this replica stood, behind its pre-vote.',
    );
    this.leaderChanges = families.counter(
      'malha_raft_leader_changes_total',
      'How often another leader, or the same in a later term, became known here.',
    );
    this.voters = gauge('raft_voters', 'Voters of the mesh, in either half of a joint configuration.');
    this.learners = gauge('raft_learners', 'Members that only learn.');
    this.lossesTolerated = gauge(
      'raft_losses_tolerated',
      'How many more voters may be lost and the mesh still decides. Known by the leader alone.',
    );
    this.submissionsWaiting = gauge(
      'raft_submissions_waiting',
      'Requests taken here that have no answer yet.',
    );
    this.readsWaiting = gauge(
      'raft_reads_waiting',
      'Linearizable reads that wait here for the word of the leader.',
    );
    this.uncommittedBytes = gauge(
      'raft_uncommitted_bytes',
      'Of entries in the log of the leader that are not committed yet; 0 elsewhere.',
    );
    this.peerLag = families.gauge(
      'malha_raft_peer_lag_entries',
      'Entries that a member is not known to have. Known by the leader alone.',
      ['peer', 'voter'],
    );
    this.peerInflight = families.gauge(
      'malha_raft_peer_inflight_appends',
      'Appends sent to a member and not acknowledged. Known by the leader alone.',
      ['peer'],
    );
    this.linksUp = gauge('peers_connected', 'Peers that this node has a working link to.');
    this.linkUp = families.gauge('malha_peer_link_up', 'Whether the link to a peer works (1).', ['peer']);
    this.linkPending = families.gauge(
      'malha_peer_link_pending_bytes',
      'Sent, or waiting to be sent, to a peer and not acknowledged.',
      ['peer'],
    );
    this.clockOffset = gauge(
      'clock_offset_seconds',
      'How far the clock here is ahead of the median of the clocks of the voters, in time of the ledger.',
    );
    this.clockOffsetMax = gauge(
      'clock_offset_max_seconds',
      'Beyond this offset, either way, a replica does not lead (MALHA_CLOCK_SKEW_MS).',
    );
    this.diskStalls = gauge(
      'disk_stalls',
      'Whether one write of the log takes longer than an election time-out (1).',
    );
  }

  /** Role, leader or term changed. */
  leadership({ role, leader, term }: SoftState): void {
    if (role === 'candidate' && term !== this.stoodInTerm) {
      this.stoodInTerm = term;
      this.elections.inc();
    }
    if (leader === '') return;
    if (leader !== this.known.leader || term !== this.known.term) this.leaderChanges.inc();
    this.known = { leader, term };
  }

  status(status: MeshStatus): void {
    const { commitIndex, appliedIndex } = status;
    show(this.ready, flag(status.ready));
    show(this.leader, flag(status.role === 'leader'));
    show(this.leaderKnown, flag(status.leader !== ''));
    show(this.term, status.term);
    show(this.lastIndex, status.lastIndex);
    show(this.commitIndex, commitIndex);
    show(this.appliedIndex, appliedIndex);
    show(this.applyLag, Math.max(0, commitIndex - appliedIndex));
  }

  /** Null while no replica runs. */
  figures(figures: ReplicaFigures | null): void {
    show(this.voters, figures?.voters);
    show(this.learners, figures?.learners);
    show(this.lossesTolerated, figures?.lossesTolerated);
    show(this.submissionsWaiting, figures?.submissionsWaiting);
    show(this.readsWaiting, figures?.readsWaiting);
    show(this.uncommittedBytes, figures?.uncommittedBytes);
    const skewMs = figures?.clockSkewMs ?? null;
    show(this.clockOffset, skewMs === null ? null : skewMs / 1_000);
    show(this.clockOffsetMax, figures === null ? null : figures.clockSkewMaxMs / 1_000);
    show(this.diskStalls, flag(figures?.diskStalls));
    this.peerLag.reset();
    this.peerInflight.reset();
    const inflight = new Map<string, number>();
    const lags = new Map<string, { labels: { peer: string; voter: string }; lag: number }>();
    // While a replica is replaced, a company has two: the one that is worse off is shown.
    for (const peer of figures?.peers ?? []) {
      const labels = { peer: peer.company, voter: String(peer.voter) };
      const key = `${labels.voter} ${labels.peer}`;
      lags.set(key, { labels, lag: Math.max(peer.lagEntries, lags.get(key)?.lag ?? 0) });
      inflight.set(peer.company, peer.inflight + (inflight.get(peer.company) ?? 0));
    }
    for (const { labels, lag } of lags.values()) this.peerLag.set(labels, lag);
    for (const [peer, count] of inflight) this.peerInflight.set({ peer }, count);
  }

  links(links: readonly LinkFacts[]): void {
    show(this.linksUp, links.filter(({ state }) => state === 'up').length);
    this.linkUp.reset();
    this.linkPending.reset();
    for (const { company: peer, state, pendingBytes } of links) {
      this.linkUp.set({ peer }, Number(state === 'up'));
      this.linkPending.set({ peer }, pendingBytes);
    }
  }
}
