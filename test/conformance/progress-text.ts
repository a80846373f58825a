/** How the data files write what a leader knows of a member. */
import type { PeerProgress } from '../../src/raft/status.js';

const STATES: Readonly<Record<PeerProgress['state'], string>> = {
  probe: 'StateProbe',
  replicate: 'StateReplicate',
  snapshot: 'StateSnapshot',
};

/** Writes `StateReplicate match=14 next=15 paused inflight=3[full]`. */
export function formatProgress(peer: PeerProgress): string {
  let text = `${STATES[peer.state]} match=${peer.matchIndex} next=${peer.nextIndex}`;
  if (peer.learner) text += ' learner';
  if (peer.paused) text += ' paused';
  if (peer.pendingSnapshotIndex > 0) text += ` pendingSnap=${peer.pendingSnapshotIndex}`;
  if (!peer.active) text += ' inactive';
  if (peer.inflight > 0) text += ` inflight=${peer.inflight}${peer.inflightFull ? '[full]' : ''}`;
  return text;
}
