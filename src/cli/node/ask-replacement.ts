/**
 * Asks a peer by MemberService to let this node's replica take the place of a damaged one. Any peer will do: one that does
 * not lead passes it on.
 */
import { replicaIdToFixed64 } from '../../codec/uint64.js';
import { CallFailure } from '../../rpc/call-failure.js';
import { MemberClient } from '../../rpc/member-client.js';
import type { PeerAddress } from '../node-settings.js';
import type { AskReplacement } from './replace-itself.js';

/** Long enough to catch up with a small mesh. What takes longer goes on, and is asked for again, maybe elsewhere. */
const ANSWER_TIMEOUT_MS = 10_000;

/** For the node of `company`, whose peers are `peers`. */
export function askReplacementOver(peers: readonly PeerAddress[], company: string): AskReplacement {
  return async (asked, lost, signal) => {
    const peer = peers.find((each) => each.company === asked);
    if (peer === undefined) throw new Error(`no address is known for ${asked}`);
    const client = new MemberClient(peer.address);
    try {
      // Its address is the one that the damaged replica had.
      const request = { company, address: '', lostReplicaId: replicaIdToFixed64(lost) };
      await client.replace(request, { timeoutMs: ANSWER_TIMEOUT_MS, signal });
    } catch (error) {
      // An answer carries a reason; what gRPC has to say of a connection is for nobody.
      throw error instanceof CallFailure && error.reason === '' ? new Error('does not answer') : error;
    } finally {
      client.close();
    }
  };
}
