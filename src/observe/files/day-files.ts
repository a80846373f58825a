/**
 * The files of a directory while they are written: each line goes to the file of its kind and day.
 *
 * 1. One call at a time, and one operation on the disk at a time: a disk that hangs holds up one thread of Node's few.
 * 2. Above a bound whole files go, those of the oldest days first. When one day alone is too much, its largest file
 *    begins anew, and says so in its first line.
 * 3. The state file is written when all that it vouches for is on disk.
 * Whatever fails leaves the files as a crash would: they are closed, and opened by way of `recoverFiles`.
 */
import { join } from 'node:path';
import { type FileKind, fileName, type Line, parseFileName } from './day-file.js';
import type { FileSystem, OpenFile } from './file-system.js';
import { type FilesState, STATE_FILE, stateText } from './state-file.js';

export interface DayFilesOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** What all files together may take, but for what one call adds. */
  readonly bytesMax: number;
  /** Room that is left to others on the same disk. */
  readonly reserveBytes: number;
  /** Bytes of each file that is there, by name. */
  readonly files: ReadonlyMap<string, number>;
}

interface Written {
  readonly file: OpenFile;
  /** Since the last `sync`. */
  dirty: boolean;
}

/** What goes first of one day: what the broker told before what the ledger said. */
const GOES_FIRST: readonly FileKind[] = ['mqtt', 'veiculos', 'pontos', 'reservas'];

/** What of a call to `append` did not get into its file as a whole. */
export class AppendFailed extends Error {
  override readonly name = 'AppendFailed';

  constructor(
    cause: unknown,
    readonly unwritten: readonly Line[],
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A file that begins anew holds less than this. */
const CUT_LINE_BYTES_MAX = 256;

export class DayFiles {
  readonly #options: DayFilesOptions;
  readonly #open = new Map<string, Written>();
  readonly #bytes: Map<string, number>;

  constructor(options: DayFilesOptions) {
    this.#options = options;
    this.#bytes = new Map(options.files);
  }

  /** Of all files together. */
  get bytes(): number {
    return [...this.#bytes.values()].reduce((sum, each) => sum + each, 0);
  }

  /** How far each file was written whole, by name: what stands behind that is half a line. */
  get writtenTo(): ReadonlyMap<string, number> {
    return this.#bytes;
  }

  /** Puts lines at the ends of their files, each file's in this order. Rejects with AppendFailed. */
  async append(lines: readonly Line[]): Promise<void> {
    const byFile = new Map<string, Line[]>();
    for (const line of lines) {
      const name = fileName(line.kind, line.atMs);
      const own = byFile.get(name);
      if (own === undefined) byFile.set(name, [line]);
      else own.push(line);
    }
    try {
      for (const [name, own] of byFile) {
        await this.#append(name, `${own.map(({ text }) => text).join('\n')}\n`);
        byFile.delete(name);
      }
      while (this.bytes > this.#options.bytesMax && (await this.#shrink()));
    } catch (error) {
      throw new AppendFailed(error, [...byFile.values()].flat());
    }
  }

  /** Resolves when everything appended is on disk, and the state that `describe` makes of it, too. */
  async sync(describe: (files: Readonly<Record<string, number>>) => FilesState): Promise<void> {
    const { fileSystem, directory } = this.#options;
    await this.#checkReserve();
    for (const [name, written] of this.#open) {
      if (written.dirty) await this.#sync(name, written);
      else await this.#close(name);
    }
    const state = describe(Object.fromEntries(this.#bytes));
    await fileSystem.replace(join(directory, STATE_FILE), stateText(state));
  }

  /** Never rejects: what is not closed now is closed with the process. */
  async close(): Promise<void> {
    for (const name of [...this.#open.keys()]) await this.#close(name).catch(() => {});
  }

  async #append(name: string, text: string): Promise<void> {
    const { fileSystem, directory } = this.#options;
    let written = this.#open.get(name);
    if (written === undefined) {
      written = { file: await fileSystem.openToAppend(join(directory, name)), dirty: false };
      this.#open.set(name, written);
      if (!this.#bytes.has(name)) this.#bytes.set(name, 0);
    }
    written.dirty = true;
    await written.file.append(text);
    this.#bytes.set(name, this.#bytes.get(name)! + Buffer.byteLength(text));
  }

  async #sync(name: string, written: Written): Promise<void> {
    await written.file.sync();
    const bytes = await written.file.bytes();
    // Its lines since the last sync went nowhere: they are made again.
    if (bytes === null) throw new Error(`${name} was deleted while it was written`);
    this.#bytes.set(name, bytes);
    written.dirty = false;
  }

  async #close(name: string): Promise<void> {
    const written = this.#open.get(name);
    this.#open.delete(name);
    await written?.file.close();
  }

  async #checkReserve(): Promise<void> {
    const { fileSystem, directory, reserveBytes } = this.#options;
    if (reserveBytes === 0) return;
    const freeBytes = await fileSystem.freeBytes(directory);
    if (freeBytes >= reserveBytes) return;
    throw new Error(`only ${freeBytes} bytes are free, and ${reserveBytes} are left to the node's own data`);
  }

  /** Takes away the file that can be spared best; false when there is none. */
  async #shrink(): Promise<boolean> {
    const { fileSystem, directory } = this.#options;
    const files = [...this.#bytes].flatMap(([name, bytes]) => {
      const parsed = parseFileName(name);
      return parsed === null ? [] : [{ ...parsed, name, bytes }];
    });
    const newest = files.reduce((day, file) => (file.day > day ? file.day : day), '');
    const older = files.filter(({ day }) => day < newest);
    const [victim] =
      older.length > 0
        ? older.sort((a, b) => (a.day === b.day ? rank(a.kind) - rank(b.kind) : a.day < b.day ? -1 : 1))
        : files.sort((a, b) => b.bytes - a.bytes);
    if (victim === undefined || (older.length === 0 && victim.bytes <= CUT_LINE_BYTES_MAX)) return false;
    const { name, bytes, day } = victim;
    await this.#close(name);
    await fileSystem.remove(join(directory, name));
    this.#bytes.delete(name);
    if (day === newest) await this.#append(name, `${JSON.stringify({ kind: 'cut', v: 1, bytes })}\n`);
    return true;
  }
}

function rank(kind: FileKind): number {
  return GOES_FIRST.indexOf(kind);
}
