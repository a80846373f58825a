/**
 * The state of every point, retained on `malha/v1/pontos/{id}/estado` with the ledger index that it speaks of:
 * receivers ignore a lower one. All of them page by page when this node begins to tell, then each that changes.
 */
import { isTopicSafe } from '../doors/identifiers.js';
import { timeText } from '../doors/times.js';
import { STOP_DURATION_MS_MIN } from '../ledger/limits.js';
import type { Point } from '../ledger/state.js';
import type { AppliedEvent, Mesh } from '../replica/mesh.js';
import type { Subject } from './announcer.js';
import type { MqttBus } from './bus.js';
import { STATUS_WORDS } from './state-words.js';
import { PAYLOAD_VERSION } from './vehicle-requests.js';
import { pointTopic } from './vehicle-topics.js';

export interface PointStatesOptions {
  readonly bus: MqttBus;
  readonly mesh: Mesh;
}

/** Points of one round: of all, and of those that changed. */
const POINTS_PER_ROUND_MAX = 100;

/** More changed ones than this, and all are told anew. */
const CHANGED_MAX = 10_000;

/** Reads are of this replica's memory. */
const READ = { consistency: 'stale', timeoutMs: 1_000 } as const;

export class PointStates implements Subject {
  readonly #options: PointStatesOptions;
  readonly #changed = new Set<string>();
  /** The id behind which the walk over all points goes on; null when it is over. */
  #walkAfter: string | null = null;

  constructor(options: PointStatesOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#walkAfter = '';
  }

  end(): void {
    this.#walkAfter = null;
    this.#changed.clear();
  }

  applied({ events }: AppliedEvent): void {
    for (const event of events) {
      if (event.kind === 'point') this.#changed.add(event.pointId);
      else if (event.kind === 'stop' && (event.from === 'ACTIVE' || event.to === 'ACTIVE')) {
        this.#changed.add(event.pointId);
      }
    }
    if (this.#changed.size <= CHANGED_MAX) return;
    this.#changed.clear();
    this.#walkAfter = '';
  }

  waits(): boolean {
    return this.#walkAfter !== null || this.#changed.size > 0;
  }

  async tell(): Promise<void> {
    await this.#walkOn();
    const changed = [...this.#changed].slice(0, POINTS_PER_ROUND_MAX);
    for (const pointId of changed) this.#changed.delete(pointId);
    try {
      await all(changed.map((pointId) => this.#tellOf(pointId)));
    } catch (error) {
      for (const pointId of changed) this.#changed.add(pointId);
      throw error;
    }
  }

  /** Tells the next page of all points. */
  async #walkOn(): Promise<void> {
    const after = this.#walkAfter;
    if (after === null) return;
    const { mesh } = this.#options;
    const page = { match: {}, windowMs: STOP_DURATION_MS_MIN, after, limit: POINTS_PER_ROUND_MAX };
    const { reply, index, atMs } = await mesh.query({ kind: 'point-page', ...page }, READ);
    await all(reply.items.map(({ point }) => this.#publish(point.id, point, index, atMs)));
    // A new walk may have begun meanwhile.
    if (this.#walkAfter === after) this.#walkAfter = reply.after;
  }

  async #tellOf(pointId: string): Promise<void> {
    const query = { kind: 'point', pointId, windowMs: STOP_DURATION_MS_MIN } as const;
    const { reply, index, atMs } = await this.#options.mesh.query(query, READ);
    await this.#publish(pointId, reply?.point ?? null, index, atMs);
  }

  async #publish(pointId: string, point: Point | null, index: number, atMs: number): Promise<void> {
    if (!isTopicSafe(pointId)) return;
    const { bus } = this.#options;
    // MQTT 3.1.1 §3.3.1.3: an empty retained message clears the topic of a point that is gone.
    const text = point === null ? '' : stateText(point, await this.#isInUse(pointId), index, atMs);
    await bus.publish(pointTopic(pointId), text, { qos: 1, retain: true });
  }

  /** Whether a vehicle charges there that said so. */
  async #isInUse(pointId: string): Promise<boolean> {
    const { reply } = await this.#options.mesh.query({ kind: 'holder-now', pointId }, READ);
    return reply?.stops.some((stop) => stop.pointId === pointId && stop.state === 'ACTIVE') ?? false;
  }
}

function stateText(point: Point, inUse: boolean, index: number, atMs: number): string {
  return JSON.stringify({
    v: PAYLOAD_VERSION,
    ponto_id: point.id,
    empresa_id: point.company,
    indice: index,
    em: timeText(atMs),
    estado: STATUS_WORDS[point.status],
    ...(point.statusUntilMs === 0 ? {} : { ate: timeText(point.statusUntilMs) }),
    em_uso: inUse,
    ...(point.leaving ? { saindo: true } : {}),
  });
}

/** Waits for all, also when one fails; rejects with the first that did. */
async function all(tasks: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(tasks);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
