/**
 * From a command to what the ledger decided about it, also when the first tries leave that open.
 *
 * 1. An unknown outcome is asked for again under the same request key until it is known or patience ends; from the
 *    first unknown try on nothing is claimed but what the ledger answered.
 * 2. A request without an id of its own has the same key on every node of a shared broker: a digest of the mesh, the
 *    topic and the payload. MQTT gives messages no identity, so the same text sent twice has the same key too; an
 *    answer that was decided before this message arrived belongs to an earlier one, and the request goes on under
 *    a key derived from that answer, again the same on every node.
 * 3. So two nodes that both act on one message around a change of leader change the ledger once, unless the
 *    message reached one of them only after the other's decision. Then it counts as a message sent twice: `reservar`
 *    finds the point held by its own holder, `liberar` finds nothing left to free. Neither reports what is not so.
 */
import { createHash } from 'node:crypto';
import { submissionOf, type Wish } from '../doors/requests.js';
import type { Answer } from '../ledger/result.js';
import { Failure } from '../replica/failure.js';
import type { Mesh, Submission } from '../replica/mesh.js';
import type { Timers } from './timers.js';

/** Where a request's key comes from. */
export type KeySource =
  /** The sender's id: kept for a day, a repeat gets the first answer. */
  | { readonly kind: 'client'; readonly id: string }
  /** No id, and only this node hears the request. */
  | { readonly kind: 'fresh' }
  /** No id, and every node hears the request; `appliedIndex` of this node when it arrived. */
  | { readonly kind: 'derived'; readonly digest: string; readonly appliedIndex: number };

export type Decision =
  | { readonly kind: 'decided'; readonly answer: Answer }
  /** Nothing was proposed. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'unknown'; readonly requestKey: string };

/** How long one request may take, in real milliseconds. */
export interface Patience {
  readonly tryTimeoutMs: number;
  /** From the first try on: later none is begun. */
  readonly giveUpMs: number;
  readonly pauseMs: number;
}

export interface World {
  readonly mesh: Mesh;
  readonly timers: Timers;
  /** True once the door is closing: nothing is tried again. */
  readonly closing: () => boolean;
}

/** What answering one request needs. */
export interface Answering {
  readonly world: World;
  readonly patience: Patience;
  readonly keySource: KeySource;
  readonly traceId: string;
  /** How long a linearizable read is tried before this replica answers alone. */
  readonly readTryMs: number;
}

/** Answers that a derived key may lead through before a fresh key is taken. */
const DERIVED_KEYS_MAX = 4;

/** What names a message on every node of a mesh: 32 lower-case hex digits. */
export function messageDigest(cluster: string, topic: string, payload: Uint8Array): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([cluster, topic]))
    .update(payload);
  return hash.digest('hex').slice(0, 32);
}

/** Submits until the outcome is known or `patience` ends. Rejects only for what is no Failure. */
export async function decide(
  wish: Omit<Wish, 'requestKey'>,
  source: KeySource,
  patience: Patience,
  world: World,
): Promise<Decision> {
  if (source.kind !== 'derived') {
    const requestKey = source.kind === 'client' ? source.id : undefined;
    return submitUntilKnown(submissionOf({ ...wish, requestKey }, world.mesh), patience, world);
  }
  let requestKey = `mqtt-${source.digest}`;
  for (let i = 0; i < DERIVED_KEYS_MAX; i += 1) {
    const decision = await submitUntilKnown({ ...wish, requestKey, keyKind: 'node' }, patience, world);
    if (decision.kind !== 'decided') return decision;
    const { index, result } = decision.answer;
    // Somebody may have guessed the key and used it for something else.
    if (result.kind === 'refused' && result.reason === 'KEY_REUSED') break;
    if (index > source.appliedIndex) return decision;
    requestKey = `mqtt-${messageDigest(source.digest, String(index), new Uint8Array())}`;
  }
  return submitUntilKnown(submissionOf({ ...wish, requestKey: undefined }, world.mesh), patience, world);
}

async function submitUntilKnown(submission: Submission, patience: Patience, world: World): Promise<Decision> {
  const { mesh, timers, closing } = world;
  const startedMs = timers.nowMs();
  let proposed = false;
  for (;;) {
    try {
      const answer = await mesh.submit(submission, { timeoutMs: patience.tryTimeoutMs });
      return { kind: 'decided', answer };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      proposed ||= error.code === 'DEADLINE_EXCEEDED';
      if (!proposed) return { kind: 'failed', failure: error };
    }
    await new Promise<void>((resolve) => timers.after(patience.pauseMs, resolve));
    if (closing() || timers.nowMs() - startedMs >= patience.giveUpMs) {
      return { kind: 'unknown', requestKey: submission.requestKey };
    }
  }
}
