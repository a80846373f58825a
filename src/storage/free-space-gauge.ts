/**
 * Watches the room on the disk (R4): below a reserve the node must stop taking proposals before a write fails,
 * since the first failed write ends it.
 *
 * 1. What cannot be measured counts as full.
 * 2. Leaving the reserve takes a quarter more than it: a node at the edge does not flap.
 */
import { statfs } from 'node:fs/promises';
import type { Logger } from '../observe/logger.js';
import type { DiskGauge } from '../replica/ports.js';

export interface FreeSpaceOptions {
  readonly logger: Logger;
  readonly reserveBytes?: number;
  /** Free bytes on the file system of a directory, as far as this process may use them. */
  readonly freeBytes?: (directory: string) => Promise<number>;
  /** Calls `measure` every so often, until what it returns is called. */
  readonly every?: (measure: () => void) => () => void;
}

const RESERVE_BYTES = 64 * 1024 * 1024;
const MEASURE_EVERY_MS = 1_000;

export class FreeSpaceGauge implements DiskGauge {
  readonly #directory: string;
  readonly #reserveBytes: number;
  readonly #logger: Logger;
  readonly #freeBytes: NonNullable<FreeSpaceOptions['freeBytes']>;
  readonly #every: NonNullable<FreeSpaceOptions['every']>;
  #stop: (() => void) | null = null;
  #below = true;
  #free: number | null = null;
  #measured = false;

  /** Says "below" until the first measurement. */
  constructor(directory: string, options: FreeSpaceOptions) {
    this.#directory = directory;
    this.#reserveBytes = options.reserveBytes ?? RESERVE_BYTES;
    this.#logger = options.logger;
    this.#freeBytes = options.freeBytes ?? freeBytesOf;
    this.#every = options.every ?? everySecond;
  }

  /** As last measured; null when that failed, or was not done yet. */
  get freeBytes(): number | null {
    return this.#free;
  }

  get reserveBytes(): number {
    return this.#reserveBytes;
  }

  belowReserve(): boolean {
    return this.#below;
  }

  /** Measures once. Never throws. */
  async measure(): Promise<void> {
    const fields = { directory: this.#directory, reserveBytes: this.#reserveBytes };
    try {
      const freeBytes = await this.#freeBytes(this.#directory);
      this.#free = freeBytes;
      this.#show(freeBytes < this.#reserveBytes * (this.#below && this.#measured ? 1.25 : 1), {
        ...fields,
        freeBytes,
      });
    } catch (error) {
      this.#free = null;
      this.#show(true, { ...fields, error: String(error) });
    }
  }

  /** Measures now, which it waits for, and from then on until `stop`; never two at a time. */
  async start(): Promise<void> {
    await this.measure();
    let measuring = false;
    this.#stop = this.#every(() => {
      if (measuring) return;
      measuring = true;
      void this.measure().then(() => {
        measuring = false;
      });
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = null;
  }

  #show(below: boolean, fields: object): void {
    const changed = below !== this.#below || !this.#measured;
    this.#below = below;
    this.#measured = true;
    if (!changed) return;
    if (below)
      this.#logger.error(fields, 'the disk is filled into its reserve: no proposals until there is room');
    else this.#logger.info(fields, 'there is room on the disk');
  }
}

async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

function everySecond(measure: () => void): () => void {
  const timer = setInterval(measure, MEASURE_EVERY_MS).unref();
  return () => clearInterval(timer);
}
