/**
 * The high-water mark on disk: what is certainly in the log, and a second copy of term and vote (R5, D4).
 *
 * 1. Two slots in blocks of their own, written in turn: a torn write leaves the other one whole, and the
 *    newest sound slot wins.
 * 2. A slot is on disk when `write` resolves. The file keeps its size, so that fdatasync is enough.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { fromUint64, replicaIdFromFixed64, replicaIdToFixed64, toUint64 } from '../codec/uint64.js';
import { NOBODY, type ReplicaId } from '../raft/entry.js';
import { bodyOf, FRAME_BYTES, faultOf, newRow, sealRow } from './checked-row.js';
import { writeSynced } from './durable-file.js';
import { DamagedStore, DirectoryRefused, StoreFailed } from './errors.js';

export interface Mark {
  readonly term: number;
  readonly vote: ReplicaId;
  /** The log reaches at least to this index, where it has this term. Never ahead of the log. */
  readonly confirmedIndex: number;
  readonly confirmedTerm: number;
}

const EMPTY_MARK: Mark = { term: 0, vote: NOBODY, confirmedIndex: 0, confirmedTerm: 0 };

const BLOCK_BYTES = 4096;
const BODY_BYTES = 40;
const SLOT_KEYS = [Buffer.from('mark 0'), Buffer.from('mark 1')] as const;

interface Slot {
  readonly sequence: number;
  readonly mark: Mark;
}

/** Makes the file at `path`, with both slots empty. */
export async function createMarkFile(path: string): Promise<void> {
  const content = Buffer.alloc(2 * BLOCK_BYTES);
  content.set(encodeSlot(0, EMPTY_MARK), 0);
  content.set(encodeSlot(1, EMPTY_MARK), BLOCK_BYTES);
  await writeSynced(path, content);
}

export class MarkFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #sequence: number;

  /** The mark as it was found. */
  readonly found: Mark;
  /** What is wrong with the slot that was not used; '' when both are sound. A crash may leave one torn. */
  readonly fault: string;

  private constructor(path: string, file: FileHandle, newest: Slot, fault: string) {
    this.#path = path;
    this.#file = file;
    this.#sequence = newest.sequence;
    this.found = newest.mark;
    this.fault = fault;
  }

  /** Opens the file at `path`. Throws DamagedStore when it is missing or no slot is sound. */
  static async open(path: string): Promise<MarkFile> {
    const file = await open(path, 'r+').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT')
        throw new DamagedStore(path, null, 'the high-water mark', 'no file', { cause });
      throw new StoreFailed(path, cause);
    });
    try {
      const content = Buffer.alloc(2 * BLOCK_BYTES);
      await file.read(content, 0, content.length, 0);
      const slots = [0, 1].map((slot) => decodeSlot(slot, content));
      const sound = slots.filter((slot) => typeof slot !== 'string');
      const faults = slots.filter((slot) => typeof slot === 'string').join(' and ');
      const newest = sound.toSorted((a, b) => b.sequence - a.sequence)[0];
      if (newest === undefined) throw new DamagedStore(path, null, 'a sound slot', faults);
      return new MarkFile(path, file, newest, faults);
    } catch (error) {
      await file.close();
      throw error instanceof DamagedStore || error instanceof DirectoryRefused
        ? error
        : new StoreFailed(path, error);
    }
  }

  /** Writes over the older slot and waits for the disk. One at a time. Throws StoreFailed. */
  async write(mark: Mark): Promise<void> {
    const sequence = this.#sequence + 1;
    const slot = encodeSlot(sequence, mark);
    try {
      const { bytesWritten } = await this.#file.write(slot, 0, slot.length, (sequence % 2) * BLOCK_BYTES);
      if (bytesWritten !== slot.length)
        throw new Error(`only ${bytesWritten} of ${slot.length} bytes written`);
      await this.#file.datasync();
    } catch (cause) {
      throw new StoreFailed(this.#path, cause);
    }
    this.#sequence = sequence;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function encodeSlot(sequence: number, mark: Mark): Buffer {
  const row = newRow(BODY_BYTES);
  const body = bodyOf(row);
  body.writeBigUInt64BE(toUint64(sequence), 0);
  body.writeBigUInt64BE(toUint64(mark.term), 8);
  body.writeBigUInt64BE(replicaIdToFixed64(mark.vote), 16);
  body.writeBigUInt64BE(toUint64(mark.confirmedIndex), 24);
  body.writeBigUInt64BE(toUint64(mark.confirmedTerm), 32);
  sealRow(SLOT_KEYS[sequence % 2]!, row);
  return row;
}

/** The slot, or in words what is wrong with it. */
function decodeSlot(slot: number, content: Buffer): Slot | string {
  const row = content.subarray(slot * BLOCK_BYTES, slot * BLOCK_BYTES + FRAME_BYTES + BODY_BYTES);
  const fault = faultOf(SLOT_KEYS[slot]!, row, BODY_BYTES);
  if (fault !== null) return `${fault} in slot ${slot}`;
  const body = bodyOf(row);
  return {
    sequence: fromUint64(body.readBigUInt64BE(0)),
    mark: {
      term: fromUint64(body.readBigUInt64BE(8)),
      vote: replicaIdFromFixed64(body.readBigUInt64BE(16)),
      confirmedIndex: fromUint64(body.readBigUInt64BE(24)),
      confirmedTerm: fromUint64(body.readBigUInt64BE(32)),
    },
  };
}
