/**
 * The in-memory twin of the gRPC transport: a network of replicas in one process, whose directed pairs can be
 * cut and healed and whose batches can be dropped.
 *
 * 1. Delivery is never inside of `send`: each batch waits for its own turn of `defer`, in the order sent.
 * 2. A batch that is on its way when its pair is cut is lost, also if the pair heals before it would arrive.
 */
import type { ReplicaId } from '../raft/entry.js';
import type { Batch } from '../replica/frame.js';
import type { SnapshotTransport, TrailTransport, Transport } from '../replica/ports.js';
import { MemorySnapshots } from './memory-snapshots.js';
import { MemoryTrails } from './memory-trails.js';

export interface MemoryNetworkOptions {
  /** Runs a task later, tasks in the order given; a simulation hands in its own. */
  readonly defer?: (task: () => void) => void;
}

export class MemoryNetwork {
  readonly #defer: (task: () => void) => void;
  readonly #handlers = new Map<ReplicaId, (batch: Batch) => void>();
  readonly #goneHandlers = new Map<ReplicaId, (peer: ReplicaId) => void>();
  /** How often each directed pair was cut; a batch of an earlier count is lost. */
  readonly #cuts = new Map<string, number>();
  readonly #down = new Set<string>();
  /** The streams that carry states; a test may tamper with their frames. */
  readonly snapshots: MemorySnapshots;
  /** The way for records of audit trails; a test may tamper with them. */
  readonly trails: MemoryTrails;
  #loses: (batch: Batch) => boolean = () => false;

  constructor({ defer = setImmediate }: MemoryNetworkOptions = {}) {
    this.#defer = defer;
    const isDown = (from: ReplicaId, to: ReplicaId): boolean => this.#down.has(pairOf(from, to));
    this.snapshots = new MemorySnapshots(defer, isDown);
    this.trails = new MemoryTrails(defer, isDown);
  }

  /** The transport of a replica. A second one for the same id is the replica after a restart: it takes over. */
  transport(id: ReplicaId): Transport {
    this.remove(id);
    return {
      send: (batch) => this.#send(batch),
      receive: (handler) => {
        this.#handlers.set(id, handler);
      },
      onGone: (handler) => {
        this.#goneHandlers.set(id, handler);
      },
    };
  }

  /** The way for states to and from a replica, which ends with the replica's next `transport` or `remove`. */
  snapshotTransport(id: ReplicaId): SnapshotTransport {
    return {
      ask: (header, signal) => this.snapshots.ask(header, signal),
      send: (header, chunks, signal) => this.snapshots.send(header, chunks, signal),
      receive: (taker) => this.snapshots.receive(id, taker),
    };
  }

  /** The way for records of the audit trail to and from a replica, which ends as that for states does. */
  trailTransport(id: ReplicaId): TrailTransport {
    return this.trails.transport(id);
  }

  /** Takes a replica off the network, as if its process ended in order, or the power went. */
  remove(id: ReplicaId): void {
    this.#handlers.delete(id);
    this.#goneHandlers.delete(id);
    this.snapshots.remove(id);
    this.trails.remove(id);
  }

  /** The same as if its process was killed: those it was connected to are told, after what was on its way. */
  kill(id: ReplicaId): void {
    if (!this.#handlers.has(id)) return;
    this.remove(id);
    for (const [peer, handler] of this.#goneHandlers) {
      if (this.#isCut(id, peer)) continue;
      this.#defer(() => {
        const isBack = this.#handlers.has(id);
        if (!isBack && !this.#isCut(id, peer) && this.#goneHandlers.get(peer) === handler) handler(id);
      });
    }
  }

  /** Lets nothing through from one replica to another; the way back is not touched. */
  cut(from: ReplicaId, to: ReplicaId): void {
    const pair = pairOf(from, to);
    this.#down.add(pair);
    this.#cuts.set(pair, this.#cutsOf(pair) + 1);
    this.snapshots.breakBetween(from, to);
  }

  /** Undoes `cut`. */
  heal(from: ReplicaId, to: ReplicaId): void {
    this.#down.delete(pairOf(from, to));
  }

  /** Loses, without telling the sender, every batch for which `loses` is true when it would arrive. */
  drop(loses: (batch: Batch) => boolean): void {
    this.#loses = loses;
  }

  #send(batch: Batch): boolean {
    const pair = pairOf(batch.from, batch.to);
    const receiver = this.#handlers.get(batch.to);
    if (receiver === undefined || this.#down.has(pair)) return false;
    const cuts = this.#cutsOf(pair);
    this.#defer(() => {
      // A receiver that was restarted meanwhile is another one: its connections began anew.
      if (this.#cutsOf(pair) !== cuts || this.#handlers.get(batch.to) !== receiver) return;
      if (!this.#loses(batch)) receiver(batch);
    });
    return true;
  }

  #isCut(one: ReplicaId, other: ReplicaId): boolean {
    return this.#down.has(pairOf(one, other)) || this.#down.has(pairOf(other, one));
  }

  #cutsOf(pair: string): number {
    return this.#cuts.get(pair) ?? 0;
  }
}

function pairOf(from: ReplicaId, to: ReplicaId): string {
  return `${from}>${to}`;
}
