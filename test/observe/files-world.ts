/**
 * The JSON files of the company `one` on a real directory, over a ledger that the test drives.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TappedMessage } from '../../src/mqtt/tap.js';
import type { FileSystem, OpenFile } from '../../src/observe/files/file-system.js';
import { JsonFiles, type JsonFilesOptions } from '../../src/observe/files/json-files.js';
import { NODE_FILE_SYSTEM } from '../../src/observe/files/node-file-system.js';
import type { Logger } from '../../src/observe/logger.js';
import { CompanyWorld, HOUR_MS } from '../doors/company-world.js';

export type SaidLine = Readonly<Record<string, unknown>> & { readonly kind: string };

export interface Logged {
  readonly level: 'info' | 'warn';
  readonly message: string;
}

interface Reserving {
  readonly holdMs?: number;
  /** From now to the first stop. */
  readonly fromMs?: number;
}

/** Short enough for a test, long enough that nothing is tried in vain very often. */
const TIMING = { syncMs: 20, lingerMs: 1, soonMs: 5, retryBaseMs: 5, retryCapMs: 20, gapPatienceMs: 30 };

export class FilesWorld {
  readonly world = new CompanyWorld();
  readonly logged: Logged[] = [];
  readonly #running: JsonFiles[] = [];

  private constructor(
    /** Removed by `end`. */
    readonly root: string,
    readonly directory: string,
  ) {}

  /** With a point 1 of company `one` and 2 of company `two`. */
  static async begin(): Promise<FilesWorld> {
    const root = await mkdtemp(join(tmpdir(), 'malha-files-'));
    const files = new FilesWorld(root, join(root, 'dados', 'one'));
    await files.world.register(
      { id: '1', company: 'one', at: [-12.97, -38.5] },
      { id: '2', company: 'two', at: [-12.25, -38.96] },
    );
    return files;
  }

  start(given: Partial<JsonFilesOptions> = {}): JsonFiles {
    const log =
      (level: Logged['level']): Logger['info'] =>
      (_fields, message) =>
        void this.logged.push({ level, message });
    const files = new JsonFiles({
      mesh: this.world.mesh,
      company: 'one',
      directory: this.directory,
      bytesMax: 1_000_000,
      reserveBytes: async () => 0,
      fileSystem: NODE_FILE_SYSTEM,
      wallMs: () => this.world.nowMs,
      logger: { debug() {}, info: log('info'), warn: log('warn'), error: log('warn') },
      ...given,
      timing: { ...TIMING, ...given.timing },
    });
    this.#running.push(files);
    return files;
  }

  /** A reservation of an hour at each point, in a row, that the node of `company` takes; its id. */
  async reserveAt(company: string, holder: string, ...given: (string | Reserving)[]): Promise<string> {
    const points = given.filter((each) => typeof each === 'string');
    const { holdMs = 0, fromMs = HOUR_MS } = given.find((each) => typeof each !== 'string') ?? {};
    const stops = points.map((pointId, k) => {
      const startMs = this.world.nowMs + fromMs + k * HOUR_MS;
      return { pointId, company: '', startMs, durationMs: HOUR_MS };
    });
    const result = await this.world.as(company, { kind: 'reserve', stops, holdMs }, holder);
    if (result.kind !== 'reserved') throw new Error(`not reserved but ${result.kind}`);
    return result.reservationId;
  }

  /** Lets the files catch up once, as a process does that starts and ends. */
  async once(given: Partial<JsonFilesOptions> = {}): Promise<void> {
    await this.start(given).close();
  }

  async names(directory = this.directory): Promise<readonly string[]> {
    return (await readdir(directory)).sort();
  }

  /** What all files of a kind say, in the order of their days. */
  async lines(kind: string, directory = this.directory): Promise<readonly SaidLine[]> {
    const names = (await this.names(directory)).filter((name) => name.startsWith(`${kind}-`));
    const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
    return texts
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as SaidLine);
  }

  async end(): Promise<void> {
    await Promise.all(this.#running.map((files) => files.close()));
    await rm(this.root, { recursive: true, force: true });
  }
}

/** A disk that can be made to fail: what is written meanwhile gets half-way. */
export class FailingDisk implements FileSystem {
  /** The code that every write fails with; null while it works. */
  fault: string | null = null;
  /** Calls that wrote something, or tried to. */
  writes = 0;

  readonly makeDirectory = (path: string): Promise<void> =>
    this.#unless(() => NODE_FILE_SYSTEM.makeDirectory(path));
  readonly list = NODE_FILE_SYSTEM.list;
  readonly read = NODE_FILE_SYSTEM.read;
  readonly readText = NODE_FILE_SYSTEM.readText;
  readonly cut = (path: string, bytes: number): Promise<void> => NODE_FILE_SYSTEM.cut(path, bytes);
  readonly replace = (path: string, text: string): Promise<void> =>
    this.#unless(() => NODE_FILE_SYSTEM.replace(path, text));
  readonly remove = (path: string): Promise<void> => this.#unless(() => NODE_FILE_SYSTEM.remove(path));
  readonly freeBytes = NODE_FILE_SYSTEM.freeBytes;

  async openToAppend(path: string): Promise<OpenFile> {
    const file = await this.#unless(() => NODE_FILE_SYSTEM.openToAppend(path));
    return {
      ...file,
      append: async (text) => {
        if (this.fault !== null) await file.append(text.slice(0, Math.ceil(text.length / 2)));
        await this.#unless(() => file.append(text));
      },
    };
  }

  #unless<T>(act: () => Promise<T>): Promise<T> {
    this.writes += 1;
    if (this.fault === null) return act();
    return Promise.reject(Object.assign(new Error(`${this.fault}: switched to fail`), { code: this.fault }));
  }
}

/** What a vehicle says of itself, as the broker shows it. */
export function telemetryOf(vehicle: string, said: object): TappedMessage {
  const position = { latitude: -12.97, longitude: -38.5 };
  const telemetry = { v: 1, session: 1, position, speedKmh: 60.4, trip: 'car-1', ...said };
  const payload = Buffer.from(JSON.stringify(telemetry));
  const topic = `malha/v1/veiculos/${vehicle}/telemetria`;
  return { topic, clientId: vehicle, bytes: payload.length, qos: 0, retain: false, payload };
}
