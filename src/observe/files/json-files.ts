/**
 * The JSON files of a company's node: what the ledger says of its points, vehicles and reservations, and what its broker
 * heard, for whoever reads files.
 *
 * 1. Nothing here stops the node: one loop writes, one step at a time, and nobody waits for it. When the disk is full,
 *    gone or read-only, it pauses, says so once, and tries again, further and further apart.
 * 2. Lines of the ledger are never skipped: they are read from the audit trail when there is room for them. Lines of the
 *    broker wait in a bounded queue; what finds no room is counted, and the file says how much.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageTap } from '../../mqtt/tap.js';
import type { Mesh } from '../../replica/mesh.js';
import type { Logger } from '../logger.js';
import { BrokerLines } from './broker-lines.js';
import { FILE_KINDS, type FileKind, type Line } from './day-file.js';
import { AppendFailed, DayFiles } from './day-files.js';
import type { FileSystem } from './file-system.js';
import { LedgerTail, NO_PROGRESS, NOTHING } from './ledger-tail.js';
import { LineQueue, QUEUE_BOUNDS, type QueueBounds } from './line-queue.js';
import { recoverFiles } from './recovery.js';

/** Real milliseconds. */
export interface FilesTiming {
  /** Between two syncs of the files; a crash costs at most the time to look at what was written since. */
  readonly syncMs: number;
  /** How long news gather before they are written. */
  readonly lingerMs: number;
  /** Until something that is not ready yet is looked at again. */
  readonly soonMs: number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  /** How long records that are missing are waited for. */
  readonly gapPatienceMs: number;
  /** How long `close` waits for the disk. */
  readonly closeMs: number;
}

export const FILES_TIMING: FilesTiming = {
  ...{ syncMs: 5_000, lingerMs: 50, soonMs: 250, retryBaseMs: 250, retryCapMs: 30_000 },
  ...{ gapPatienceMs: 10_000, closeMs: 2_000 },
};

export interface JsonFilesOptions {
  /** Null where there is no ledger to tell of. */
  readonly mesh: Pick<Mesh, 'status' | 'readTrail' | 'onApplied'> | null;
  readonly company: string;
  /** The company's own; it is made when it is not there. */
  readonly directory: string;
  readonly bytesMax: number;
  /** Room that is left to others on the disk of that directory, which is there when this is asked. */
  readonly reserveBytes: () => Promise<number>;
  readonly fileSystem: FileSystem;
  /** Milliseconds since 1970, as the node's clock shows them. */
  readonly wallMs: () => number;
  readonly logger: Logger;
  readonly timing?: Partial<FilesTiming>;
  readonly queue?: QueueBounds;
}

/** Since the process began; `index` and `bytes` as of the last step. */
export interface FileCounts {
  readonly lines: Readonly<Record<FileKind, number>>;
  /** Lines that found no room. */
  readonly lost: Readonly<Record<FileKind, number>>;
  readonly bytes: number;
  /** Everything up to here that belongs into the files is in them. */
  readonly index: number;
  /** How often writing paused, and whether it does now. */
  readonly pauses: number;
  readonly paused: boolean;
}

interface Opened {
  readonly files: DayFiles;
  /** Null where there is no ledger. */
  readonly tail: LedgerTail | null;
}

export class JsonFiles {
  readonly #options: JsonFilesOptions;
  readonly #timing: FilesTiming;
  readonly #queue: LineQueue;
  readonly #brokerLines = new BrokerLines();
  readonly #lines = noneOfEach();
  readonly #lost = noneOfEach();
  readonly #closing = new AbortController();
  readonly #stopListening: () => void;
  readonly #running: Promise<void>;
  #opened: Opened | null = null;
  #writtenTo: ReadonlyMap<string, number> = new Map();
  /** Failures in a row; writing pauses from the first on. */
  #failures = 0;
  #pauses = 0;
  /** Something was written, or the place moved, since the last sync. */
  #unsynced = false;
  #syncedAtMs = 0;
  #reached = { bytes: 0, index: 0 };
  #news = true;
  #wake: () => void = () => {};

  /** Begins to write at once, and goes on until `close`. */
  constructor(options: JsonFilesOptions) {
    this.#options = options;
    this.#timing = { ...FILES_TIMING, ...options.timing };
    this.#queue = new LineQueue(options.queue ?? QUEUE_BOUNDS);
    const rouse = (): void => this.#rouse();
    this.#stopListening = options.mesh?.onApplied(rouse, rouse) ?? (() => {});
    this.#running = this.#run();
  }

  /** For the broker: each of its messages. */
  readonly tap: MessageTap = (message) => {
    for (const line of this.#brokerLines.linesOf(message, this.#options.wallMs())) this.put(line);
  };

  /** Takes a line that is not of the ledger; without a word where there is no room. */
  put(line: Line): void {
    if (this.#closing.signal.aborted) return;
    if (!this.#queue.put(line)) this.#lost[line.kind] += 1;
    this.#rouse();
  }

  counts(): FileCounts {
    return {
      lines: { ...this.#lines },
      lost: { ...this.#lost },
      ...this.#reached,
      pauses: this.#pauses,
      paused: this.#failures > 0,
    };
  }

  /** Writes what there is, if the disk takes it within a while. The mesh must still be there. Never rejects. */
  async close(): Promise<void> {
    this.#stopListening();
    this.#closing.abort();
    this.#rouse();
    const given = new AbortController();
    await Promise.race([
      this.#running,
      sleep(this.#timing.closeMs, undefined, { signal: given.signal }).catch(() => {}),
    ]);
    given.abort();
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        this.#news = false;
        const { more, soon } = await this.#step();
        if (!more) await this.#pauseUntilNews(soon);
      } catch (error) {
        await this.#pauseAfter(error);
      }
    }
    try {
      // A mesh that goes on without end is caught up with at the next start.
      for (let more = true, steps = 0; more && steps < 64; steps += 1) more = (await this.#step()).more;
      await this.#sync();
    } catch (error) {
      this.#giveUp(error);
      if (this.#failures === 0)
        this.#options.logger.warn({ err: error }, 'the JSON files were not ended well');
    }
    await this.#opened?.files.close();
  }

  async #step(): Promise<{ readonly more: boolean; readonly soon: boolean }> {
    this.#opened ??= await this.#open();
    const { files, tail } = this.#opened;
    if (this.#queue.size > 0) await this.#writeQueue(files);
    const batch = (await tail?.next()) ?? NOTHING;
    await this.#write(files, batch.lines);
    this.#unsynced ||= tail !== null && batch.progress !== tail.progress;
    tail?.written(batch);
    this.#reached = { bytes: files.bytes, index: batch.progress.index };
    const isDue = this.#unsynced && performance.now() - this.#syncedAtMs >= this.#timing.syncMs;
    if (isDue || batch.urgent || this.#failures > 0) {
      await this.#sync();
      this.#goOn();
    }
    return batch;
  }

  /** Makes what is missing, mends what is torn, and proves that the disk takes something. */
  async #open(): Promise<Opened> {
    const { fileSystem, directory, company, bytesMax, mesh } = this.#options;
    await fileSystem.makeDirectory(directory);
    const found = await recoverFiles(fileSystem, directory, company, this.#writtenTo);
    const reserveBytes = await this.#options.reserveBytes();
    const files = new DayFiles({ fileSystem, directory, bytesMax, reserveBytes, files: found.files });
    const nowMs = (): number => performance.now();
    const { gapPatienceMs } = this.#timing;
    const tail = mesh === null ? null : new LedgerTail({ mesh, company, found, gapPatienceMs, nowMs });
    const opened = { files, tail };
    await this.#sync(opened);
    return opened;
  }

  async #writeQueue(files: DayFiles): Promise<void> {
    const lines = this.#queue.take(this.#options.wallMs());
    try {
      await this.#write(files, lines);
    } catch (error) {
      if (error instanceof AppendFailed) this.#queue.putBack(error.unwritten);
      throw error;
    }
  }

  async #write(files: DayFiles, lines: readonly Line[]): Promise<void> {
    if (lines.length === 0) return;
    this.#unsynced = true;
    await files.append(lines);
    for (const { kind } of lines) this.#lines[kind] += 1;
  }

  async #sync(opened = this.#opened): Promise<void> {
    if (opened === null) return;
    const { company, wallMs } = this.#options;
    await opened.files.sync((files) => ({
      ...{ v: 1, company, ...(opened.tail?.progress ?? NO_PROGRESS) },
      ...{ ahead: opened.tail?.ahead ?? {}, files: { ...files } },
      written: new Date(wallMs()).toISOString(),
    }));
    this.#unsynced = false;
    this.#syncedAtMs = performance.now();
  }

  #goOn(): void {
    if (this.#failures === 0) return;
    const { directory, logger } = this.#options;
    logger.info({ directory, lost: { ...this.#lost } }, 'the JSON files are written again');
    this.#failures = 0;
  }

  async #pauseAfter(error: unknown): Promise<void> {
    this.#giveUp(error);
    const { directory, logger } = this.#options;
    this.#failures += 1;
    if (this.#failures === 1) {
      this.#pauses += 1;
      logger.warn({ directory, err: error }, 'the JSON files cannot be written: tried again until they can');
    }
    const { retryBaseMs, retryCapMs } = this.#timing;
    const delayMs = Math.min(retryCapMs, retryBaseMs * 2 ** Math.min(this.#failures - 1, 20));
    await this.#sleep(delayMs);
  }

  /** The files are left as they are, to be looked at anew. */
  #giveUp(error: unknown): void {
    const { files } = this.#opened ?? {};
    this.#opened = null;
    if (files === undefined) return;
    // What was told as written stands there; what an append left behind it is half a line.
    this.#writtenTo = error instanceof AppendFailed ? new Map(files.writtenTo) : new Map();
    void files.close();
  }

  async #pauseUntilNews(soon: boolean): Promise<void> {
    if (!this.#news && this.#queue.size === 0) {
      const dueMs = this.#unsynced ? this.#syncedAtMs + this.#timing.syncMs - performance.now() : null;
      const waits = [...(soon ? [this.#timing.soonMs] : []), ...(dueMs === null ? [] : [Math.max(1, dueMs)])];
      const waking = new AbortController();
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const timer =
        waits.length === 0 ? new Promise<void>(() => {}) : sleepFor(Math.min(...waits), waking.signal);
      await Promise.race([woken, timer]);
      waking.abort();
    }
    await this.#sleep(this.#timing.lingerMs);
  }

  /** Less when it closes. */
  #sleep(delayMs: number): Promise<void> {
    return sleepFor(delayMs, this.#closing.signal);
  }

  #rouse(): void {
    this.#news = true;
    this.#wake();
  }
}

function sleepFor(delayMs: number, signal: AbortSignal): Promise<void> {
  return sleep(delayMs, undefined, { signal }).catch(() => {});
}

function noneOfEach(): Record<FileKind, number> {
  return Object.fromEntries(FILE_KINDS.map((kind) => [kind, 0])) as Record<FileKind, number>;
}
