/**
 * Notices on `malha/v1/veiculos/{id}/avisos`: each new one as its entry is applied, and all that are open when the
 * vehicle comes (back). At least once, with an id, until the vehicle acknowledges it (`confirmar_aviso`).
 *
 * What is remembered here is only whom to tell: the notices themselves are in the ledger, at most 64 a vehicle. A
 * vehicle that had to be forgotten is told when it comes back.
 */
import { isTopicSafe } from '../doors/identifiers.js';
import type { Logger } from '../observe/logger.js';
import type { AppliedEvent, Mesh } from '../replica/mesh.js';
import type { Subject } from './announcer.js';
import type { MqttBus } from './bus.js';
import { noticeIdOf, noticeText } from './notice-text.js';
import { noticeTopic } from './vehicle-topics.js';

export interface NoticeSenderOptions {
  readonly bus: MqttBus;
  readonly mesh: Mesh;
  readonly logger: Logger;
  /** Vehicles that are there, as far as this node heard. */
  readonly present: () => Iterable<string>;
}

/** Vehicles that wait to be told something. */
const VEHICLES_MAX = 10_000;

/** Notices of one round, and vehicles that it looks at. */
const NOTICES_PER_ROUND_MAX = 256;
const VEHICLES_PER_ROUND_MAX = 256;

/** Reads are of this replica's memory. */
const READ = { consistency: 'stale', timeoutMs: 1_000 } as const;

/** All that is open, or some of it by id. */
type Wanted = 'all' | Set<string>;

export class NoticeSender implements Subject {
  readonly #options: NoticeSenderOptions;
  /** In the order in which they began to wait. */
  readonly #wanted = new Map<string, Wanted>();

  constructor(options: NoticeSenderOptions) {
    this.#options = options;
  }

  /** The vehicle is to be told all that is open. */
  came(vehicle: string): void {
    this.#want(vehicle, 'all');
  }

  begin(): void {
    for (const vehicle of this.#options.present()) this.came(vehicle);
  }

  end(): void {
    this.#wanted.clear();
  }

  applied({ events }: AppliedEvent): void {
    for (const event of events) {
      if (event.kind !== 'notice' || event.to !== 'open') continue;
      const { holder, noticeId } = event;
      if (!isTopicSafe(holder) || !this.#options.bus.isHeard(noticeTopic(holder))) continue;
      const wanted = this.#wanted.get(holder);
      if (wanted === undefined) this.#want(holder, new Set([noticeId]));
      else if (wanted !== 'all') wanted.add(noticeId);
    }
  }

  waits(): boolean {
    return this.#wanted.size > 0;
  }

  async tell(): Promise<void> {
    let sent = 0;
    for (const vehicle of [...this.#wanted.keys()].slice(0, VEHICLES_PER_ROUND_MAX)) {
      if (sent >= NOTICES_PER_ROUND_MAX) return;
      const wanted = this.#wanted.get(vehicle);
      // Another node tells by now.
      if (wanted === undefined) return;
      this.#wanted.delete(vehicle);
      try {
        sent += await this.#tellOne(vehicle, wanted);
      } catch (error) {
        this.#want(vehicle, 'all');
        throw error;
      }
    }
  }

  async #tellOne(vehicle: string, wanted: Wanted): Promise<number> {
    const { mesh, bus, logger } = this.#options;
    const { reply } = await mesh.query({ kind: 'notices', holder: vehicle }, READ);
    const notices = reply.filter((notice) => wanted === 'all' || wanted.has(noticeIdOf(notice)));
    for (const notice of notices) {
      const { reservationId } = notice;
      const about =
        reservationId === '' ? null : (await mesh.query({ kind: 'reservation', reservationId }, READ)).reply;
      await bus.publish(noticeTopic(vehicle), noticeText(notice, about), { qos: 1, retain: false });
      logger.debug({ vehicle, notice: noticeIdOf(notice), kind: notice.notice }, 'MQTT: notice sent');
    }
    return notices.length;
  }

  #want(vehicle: string, wanted: Wanted): void {
    const before = this.#wanted.get(vehicle);
    if (before === undefined && this.#wanted.size >= VEHICLES_MAX) {
      const [oldest] = this.#wanted.keys();
      this.#wanted.delete(oldest!);
      this.#options.logger.warn({ vehicle: oldest }, 'MQTT: too many vehicles wait for notices');
    }
    this.#wanted.set(vehicle, wanted);
  }
}
