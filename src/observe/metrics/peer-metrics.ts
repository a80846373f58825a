/**
 * Batches between this node and its peers: appends, heartbeats, votes, and what is passed on to the leader. They are far
 * too many to be told one by one.
 */
import type { ReplicaId } from '../../raft/entry.js';
import type { Batch } from '../../replica/frame.js';
import type { Transport } from '../../replica/ports.js';
import type { Families } from './families.js';

export class PeerMetrics {
  private readonly sent;
  private readonly received;

  constructor(families: Families) {
    this.sent = families.counter(
      'malha_peer_batches_sent_total',
      'Batches for peers, by whether they were taken by a link or dropped here.',
      ['outcome'],
    );
    this.received = families.counter('malha_peer_batches_received_total', 'Batches that peers sent.');
    for (const outcome of ['taken', 'dropped']) this.sent.inc({ outcome }, 0);
  }

  /** The same transport, with its batches counted. */
  meter(transport: Transport): Transport {
    return {
      send: (batch: Batch) => {
        const taken = transport.send(batch);
        this.sent.inc({ outcome: taken ? 'taken' : 'dropped' });
        return taken;
      },
      receive: (handler) =>
        transport.receive((batch) => {
          this.received.inc();
          handler(batch);
        }),
      onGone: (handler: (peer: ReplicaId) => void) => transport.onGone(handler),
    };
  }
}
