/** Both ends of a state's way, over an in-memory network that breaks it: what is sent again, and what is not. */
import { describe, expect, it } from 'vitest';
import type { InstallSnapshotRequest } from '../../src/gen/malha/mesh/v1/peer.js';
import { SILENT } from '../../src/observe/logger.js';
import { type Received, SnapshotReceiver } from '../../src/replica/snapshot-receiver.js';
import { SnapshotSender } from '../../src/replica/snapshot-sender.js';
import { MemoryStateStore } from '../../src/storage/memory-state-store.js';
import { MemoryNetwork } from '../../src/transport/memory-network.js';
import type { Tamper } from '../../src/transport/memory-snapshots.js';
import {
  A,
  B,
  noting,
  notingStage,
  offerUntilDelivered,
  type StreamLog,
  stateOf,
} from './snapshot-states.js';

const STATE = stateOf(100);
const KEYS = STATE.rows.map(({ key }) => key);
/** The in-memory store hands out pages of 20 rows; each is a chunk. */
const CHUNKS = 10;

class Way {
  readonly network = new MemoryNetwork();
  readonly streams: StreamLog[] = [];
  /** Keys of the rows that were put down, in order. */
  readonly staged: string[] = [];
  readonly installed: Received[] = [];
  readonly sent = new MemoryStateStore();
  stageStore = new MemoryStateStore();
  /** Called when so many chunks are put down, all streams together. */
  onStaged: (chunks: number) => void = () => {};
  /** Called when the state is in use, before its sender hears of it. */
  onInstalled: () => void = () => {};
  sender!: SnapshotSender;
  receiver!: SnapshotReceiver;
  private readonly position = { term: 3, commitIndex: 0 };
  private processes = 0;

  static async open(): Promise<Way> {
    const way = new Way();
    await way.sent.write(STATE.rows, STATE.meta);
    way.startSender();
    way.startReceiver();
    return way;
  }

  /** A process at A that leads, instead of the one before. */
  startSender(): void {
    this.network.remove(A);
    this.processes += 1;
    const process = this.processes;
    this.sender = new SnapshotSender({
      state: this.sent,
      transport: noting(this.network.snapshotTransport(A), this.streams),
      logger: SILENT,
      realMs: () => 0,
      random: () => process,
      retryPauseMs: 0,
      wake: () => {},
      fail: (error) => {
        throw error;
      },
    });
  }

  /** A process at B, on the disk that the one before left. */
  startReceiver(): void {
    this.network.remove(B);
    this.stageStore = this.stageStore.reopened();
    this.receiver = new SnapshotReceiver({
      state: notingStage(this.stageStore, this.staged, (chunks) => this.onStaged(chunks)),
      logger: SILENT,
      understands: 2,
      realMs: () => 0,
      position: () => this.position,
      install: async (received) => {
        this.installed.push(received);
        this.position.commitIndex = received.header.meta.appliedIndex;
        this.onInstalled();
      },
      fail: (error) => {
        throw error;
      },
    });
    this.network.snapshotTransport(B).receive(this.receiver);
  }

  /** Breaks what is under way; the next try gets through. */
  break(): void {
    this.network.cut(A, B);
    this.network.heal(A, B);
  }

  /** Sends until it is delivered, and says how often that failed. */
  async deliver(): Promise<number> {
    const failures = await offerUntilDelivered(this.sender, STATE.meta.appliedIndex);
    expect(this.installed).toHaveLength(1);
    const { ledger } = this.installed[0]!;
    expect(ledger.meta().digest).toBe(STATE.meta.digest);
    expect(this.stageStore.staged()).toEqual(STATE.meta);
    return failures;
  }
}

function kindOf(frame: InstallSnapshotRequest): string {
  return frame.body?.$case === 'chunk' ? `chunk ${frame.body.value.sequence}` : `${frame.body?.$case}`;
}

function from(first: number): number[] {
  return Array.from({ length: CHUNKS - first + 1 }, (_, i) => first + i);
}

describe('a stream that breaks', () => {
  it('needs one stream when nothing breaks', async () => {
    const way = await Way.open();
    expect(await way.deliver()).toBe(0);
    expect(way.streams.map(({ chunks }) => chunks)).toEqual([from(1)]);
    expect(way.staged).toEqual(KEYS);
  });

  for (let boundary = 1; boundary <= CHUNKS; boundary += 1) {
    it(`behind chunk ${boundary} of ${CHUNKS} is gone on with there: only the rest is sent again`, async () => {
      const way = await Way.open();
      way.onStaged = (chunks) => {
        if (chunks === boundary) way.break();
      };
      expect(await way.deliver()).toBe(1);
      expect(way.streams).toHaveLength(2);
      const [first, second] = [way.streams[0]!, way.streams[1]!];
      expect(second.header).toEqual({ ...first.header, after: second.header.after });
      expect(second.header.after).toMatchObject({ chunks: boundary, rows: 20 * boundary });
      expect(second.chunks).toEqual(from(boundary + 1));
      expect(second.rows).toBe(KEYS.length - 20 * boundary);
      // Put down once each, in order.
      expect(way.staged).toEqual(KEYS);
    });
  }

  it('behind each single chunk is gone on with each time', async () => {
    const way = await Way.open();
    way.onStaged = () => way.break();
    expect(await way.deliver()).toBe(CHUNKS);
    expect(way.streams.map(({ header }) => header.after.chunks)).toEqual([0, ...from(1)]);
    expect(new Set(way.streams.map(({ header }) => header.cut)).size).toBe(1);
    expect(way.staged).toEqual(KEYS);
  });

  it('before anything of it arrived begins anew, and when all of it arrived sends nothing but that', async () => {
    for (const [where, after] of [
      ['header', 0],
      ['chunk 1', 0],
      ['trailer', CHUNKS],
    ] as const) {
      const way = await Way.open();
      let broke = false;
      way.network.snapshots.tamper = (frame) => {
        if (broke || kindOf(frame) !== where) return [frame];
        broke = true;
        // The end alone is lost on a way that holds: what is before it arrives.
        if (where !== 'trailer') way.break();
        return [];
      };
      expect(await way.deliver()).toBe(1);
      expect(way.streams[1]!.header.after.chunks).toBe(after);
      expect(way.streams[1]!.chunks).toEqual(from(after + 1));
      expect(way.staged).toEqual(KEYS);
    }
  });

  it('while the answer is on its way is not put down again: it is needless by then', async () => {
    const way = await Way.open();
    way.onInstalled = () => way.break();
    expect(await way.deliver()).toBe(1);
    expect(way.streams).toHaveLength(2);
    expect(way.staged).toEqual(KEYS);
  });

  it('begins anew when either process is another one by then', async () => {
    for (const restart of ['startSender', 'startReceiver'] as const) {
      const way = await Way.open();
      way.onStaged = (chunks) => {
        if (chunks === 4) way.break();
      };
      // The first try alone.
      await expect(offerUntilDelivered(way.sender, STATE.meta.appliedIndex, { triesMax: 1 })).rejects.toThrow(
        'not delivered',
      );
      way.onStaged = () => {};
      way[restart]();
      expect(await way.deliver()).toBe(0);
      expect(way.streams).toHaveLength(2);
      expect(way.streams[1]!.header.cut).not.toBe(way.streams[0]!.header.cut);
      expect(way.streams[1]!.chunks).toEqual(from(1));
      expect(way.staged).toEqual([...KEYS.slice(0, 80), ...KEYS]);
    }
  });
});

describe('C24: what is wrong on the way', () => {
  let held: InstallSnapshotRequest | null = null;
  /** What happens to the fifth chunk of the first stream, or beside it; and how many chunks were right before it. */
  const faults: readonly (readonly [string, number, Tamper])[] = [
    ['a chunk is lost', 4, (frame) => (kindOf(frame) === 'chunk 5' ? [] : [frame])],
    ['a chunk comes twice', 5, (frame) => (kindOf(frame) === 'chunk 5' ? [frame, frame] : [frame])],
    [
      'two chunks come in the wrong order',
      4,
      (frame) => {
        if (kindOf(frame) === 'chunk 5') {
          held = frame;
          return [];
        }
        return kindOf(frame) === 'chunk 6' ? [frame, held!] : [frame];
      },
    ],
    [
      'a chunk of the same stream comes once more, later',
      7,
      (frame) => {
        if (kindOf(frame) === 'chunk 5') held = frame;
        return kindOf(frame) === 'chunk 7' ? [frame, held!] : [frame];
      },
    ],
    ['a bit of the rows flips', 4, (frame) => [changed(frame, 5, 'rows')]],
    ['a bit of the chain flips', 4, (frame) => [changed(frame, 5, 'chain')]],
    [
      'a chunk comes under the number of another one',
      4,
      (frame) => {
        if (kindOf(frame) === 'chunk 4') held = frame;
        const { body } = frame;
        if (kindOf(frame) !== 'chunk 5' || body?.$case !== 'chunk') return [frame];
        if (held?.body?.$case !== 'chunk') return [frame];
        return [{ body: { $case: 'chunk', value: { ...held.body.value, sequence: body.value.sequence } } }];
      },
    ],
    ['the header comes again', 4, (frame) => withHeader(frame, 5)],
    ['the trailer is lost', 10, (frame) => (kindOf(frame) === 'trailer' ? [] : [frame])],
    [
      'the end is said too early',
      4,
      (frame) => {
        if (frame.body?.$case === 'trailer') return [frame];
        const trailer = { $case: 'trailer', value: { chunks: 10n, rows: 200n } } as const;
        return kindOf(frame) === 'chunk 5' ? [{ body: trailer }] : [frame];
      },
    ],
  ];

  function changed(frame: InstallSnapshotRequest, number: number, part: 'rows' | 'chain') {
    const { body } = frame;
    if (kindOf(frame) !== `chunk ${number}` || body?.$case !== 'chunk') return frame;
    const bytes = Buffer.from(body.value[part]);
    bytes[bytes.length - 1]! ^= 16;
    return { body: { $case: 'chunk', value: { ...body.value, [part]: bytes } } } as const;
  }

  function withHeader(frame: InstallSnapshotRequest, number: number): readonly InstallSnapshotRequest[] {
    if (frame.body?.$case === 'header') held = frame;
    return kindOf(frame) === `chunk ${number}` ? [held!, frame] : [frame];
  }

  for (const [what, right, tamper] of faults) {
    it(`when ${what}, the next stream goes on behind what was right before it`, async () => {
      held = null;
      const way = await Way.open();
      way.network.snapshots.tamper = (frame, from, to) =>
        way.streams.length === 1 ? tamper(frame, from, to) : [frame];
      expect(await way.deliver()).toBe(1);
      expect(way.streams.map(({ header }) => header.after.chunks)).toEqual([0, right]);
      expect(way.streams[1]!.chunks).toEqual(from(right + 1));
      expect(way.staged).toEqual(KEYS);
    });

    it(`when ${what}, in a stream that goes on after a break as well`, async () => {
      held = null;
      const way = await Way.open();
      way.onStaged = (chunks) => {
        if (chunks === 2) way.break();
      };
      way.network.snapshots.tamper = (frame, from, to) =>
        way.streams.length === 2 ? tamper(frame, from, to) : [frame];
      expect(await way.deliver()).toBe(2);
      expect(way.streams.map(({ header }) => header.after.chunks)).toEqual([0, 2, right]);
      expect(way.staged).toEqual(KEYS);
    });
  }

  it('chunks of a stream that broke join the next one only where they are the very same', async () => {
    const way = await Way.open();
    const strays: InstallSnapshotRequest[] = [];
    way.onStaged = (chunks) => {
      if (chunks === 3) way.break();
    };
    way.network.snapshots.tamper = (frame) => {
      if (way.streams.length === 1) strays.push(frame);
      // All that the first stream said, in the middle of the second one.
      return way.streams.length === 2 && kindOf(frame) === 'chunk 6' ? [...strays.slice(1), frame] : [frame];
    };
    await way.deliver();
    expect(way.staged).toEqual(KEYS);
    expect(way.streams.length).toBeGreaterThan(2);
  });
});
