/**
 * The ring on disk: one file of fixed size, a header and then its rows, each in its place and with a checksum of its own.
 *
 * 1. A row is one write into its place; what a crash tears fails its checksum and is one sample less. Nothing is synced:
 *    samples are not worth a wait of the disk, and a loss of power costs the last of them.
 * 2. A header that is damaged, or says that other series were sampled, means that the file is begun anew.
 * 3. No fault of the disk ever gets out of here: what cannot be kept is told once, and forgotten.
 */
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Logger } from '../logger.js';
import type { RingShape, Row } from './ring.js';

const FILE = 'ring';
const HEADER_BYTES = 4_096;
const FORMAT = 1;
const NUMBER_BYTES = 8;
const CHECKSUM_BYTES = 4;

export class RingFile {
  private file: FileHandle | null = null;
  private told = false;
  /** Resolves when what was begun is over. */
  private last: Promise<void> = Promise.resolve();

  /** `names`: of the columns, in order. */
  constructor(
    private readonly directory: string,
    private readonly shape: RingShape,
    private readonly names: readonly string[],
    private readonly logger: Logger,
  ) {}

  /** Opens the file, or begins it; hands each row that is whole to `take`, in no order. */
  async open(take: (row: Row) => void): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      this.file = (await this.existing(take)) ?? (await this.begin());
    } catch (error) {
      this.fault(error);
    }
  }

  /** Writes a row into its place, behind what is being written. */
  write(slot: number, row: Row): void {
    this.last = this.last.then(async () => {
      try {
        await this.file?.write(encode(row), 0, this.rowBytes, HEADER_BYTES + slot * this.rowBytes);
      } catch (error) {
        this.fault(error);
      }
    });
  }

  async close(): Promise<void> {
    await this.last;
    await this.file?.close().catch(() => {});
    this.file = null;
  }

  private get rowBytes(): number {
    return (1 + this.shape.width) * NUMBER_BYTES + CHECKSUM_BYTES;
  }

  private get path(): string {
    return join(this.directory, FILE);
  }

  /** Null where there is no file, or not this one. */
  private async existing(take: (row: Row) => void): Promise<FileHandle | null> {
    let file: FileHandle;
    try {
      file = await open(this.path, 'r+');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    const bytes = Buffer.alloc(HEADER_BYTES + this.shape.length * this.rowBytes);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    if (bytesRead < HEADER_BYTES || !bytes.subarray(0, HEADER_BYTES).equals(this.header())) {
      await file.close();
      this.logger.info({ directory: this.directory }, 'the history of this node begins anew');
      return null;
    }
    for (let at = HEADER_BYTES; at + this.rowBytes <= bytesRead; at += this.rowBytes) {
      const row = decode(bytes.subarray(at, at + this.rowBytes), this.shape.width);
      if (row !== null) take(row);
    }
    return file;
  }

  /** Under another name until its header is there: a file that is found is one, or is damaged. */
  private async begin(): Promise<FileHandle> {
    const next = `${this.path}.next`;
    await rm(next, { force: true });
    const file = await open(next, 'w+', 0o600);
    try {
      await file.write(this.header(), 0, HEADER_BYTES, 0);
      await rename(next, this.path);
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }

  private header(): Buffer {
    const { width, length, everyMs } = this.shape;
    const bytes = Buffer.alloc(HEADER_BYTES);
    const text = JSON.stringify({ format: FORMAT, width, length, everyMs, names: this.names });
    const written = bytes.write(text, CHECKSUM_BYTES);
    if (written < Buffer.byteLength(text))
      throw new Error('assertion: the names of the series fit into the header');
    bytes.writeUInt32LE(crc32(bytes.subarray(CHECKSUM_BYTES)), 0);
    return bytes;
  }

  private fault(error: unknown): void {
    if (!this.told) this.logger.warn({ err: error }, 'the history of this node cannot be kept on disk');
    this.told = true;
  }
}

function encode({ atMs, values }: Row): Buffer {
  const bytes = Buffer.alloc((1 + values.length) * NUMBER_BYTES + CHECKSUM_BYTES);
  bytes.writeDoubleLE(atMs, 0);
  values.forEach((value, at) => {
    bytes.writeDoubleLE(value, (1 + at) * NUMBER_BYTES);
  });
  const end = bytes.length - CHECKSUM_BYTES;
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
  return bytes;
}

/** Null for a place that nothing was written into, or that is damaged. */
function decode(bytes: Buffer, width: number): Row | null {
  const end = bytes.length - CHECKSUM_BYTES;
  if (bytes.readUInt32LE(end) !== crc32(bytes.subarray(0, end))) return null;
  const values = Float64Array.from({ length: width }, (_, at) => bytes.readDoubleLE((1 + at) * NUMBER_BYTES));
  return { atMs: bytes.readDoubleLE(0), values };
}
