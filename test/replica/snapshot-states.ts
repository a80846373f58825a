/** States of real ledgers, as the snapshot tests send and take them, and what is told of them on the way. */
import type { Command } from '../../src/ledger/command.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { type ReplicaId, replicaId } from '../../src/raft/entry.js';
import type { SnapshotOffer } from '../../src/raft/message.js';
import type {
  SnapshotChunk,
  SnapshotHeader,
  SnapshotTransport,
  StateMeta,
  StateRow,
  StateStage,
  StateStore,
} from '../../src/replica/ports.js';
import { BEGINNING, behind } from '../../src/replica/snapshot-place.js';
import type { SnapshotSender } from '../../src/replica/snapshot-sender.js';

export const A: ReplicaId = replicaId('a'.repeat(16));
export const B: ReplicaId = replicaId('b'.repeat(16));
export const C: ReplicaId = replicaId('c'.repeat(16));

const CONFIG = { voters: [A, B, C], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };

export interface LedgerState {
  readonly rows: readonly StateRow[];
  readonly meta: StateMeta;
}

/** The state of a ledger with so many companies, one entry each; two rows a company. */
export function stateOf(companies: number, name = 'C'): LedgerState {
  const ledger = Ledger.empty();
  for (let index = 1; index <= companies; index += 1) {
    const command: Command = {
      ledgerVersion: 1,
      requestKey: `k${index}`,
      keyKind: 'client',
      holder: 'h',
      door: 'rest',
      originCompany: `c${index}`,
      traceId: '0'.repeat(32),
      notAfterMs: 9_000_000_000_000,
      operation: { kind: 'register-company', name: `${name} ${index}`, displayId: `${index}` },
    };
    // Each with a holder of its own, for one holder may have so many keys.
    ledger.apply({ index, atMs: 1_800_000_000_000, command: { ...command, holder: `h${index}` } }, 1);
  }
  return { rows: [...ledger.rows()], meta: { ...ledger.meta(), config: CONFIG, members: [] } };
}

/** What a leader in term 3, A, says of a state that it sends to B. */
export function headerOf({ meta }: LedgerState, change: Partial<SnapshotHeader> = {}): SnapshotHeader {
  return { from: A, to: B, term: 3, meta, cut: 1, after: BEGINNING, ...change };
}

/** The chunks of so many rows each, behind the place `after`. */
export function chunksOf(
  rows: readonly StateRow[],
  size: number,
  after = BEGINNING,
): readonly SnapshotChunk[] {
  const chunks: SnapshotChunk[] = [];
  let place = after;
  for (let from = after.rows; from < rows.length; from += size) {
    const part = rows.slice(from, from + size);
    place = behind(place, part);
    chunks.push({ rows: part, place });
  }
  return chunks;
}

/** What consensus says to `to`, in the term 3. */
export function offerAt(index: number, { to = B, term = 3 } = {}): SnapshotOffer {
  return { kind: 'snapshot', from: A, to, term, snapshot: { index, term: 1, config: CONFIG } };
}

/** Goes on as consensus does: offers again after each failure, until the state is delivered. Returns the failures. */
export async function offerUntilDelivered(
  sender: SnapshotSender,
  index: number,
  {
    betweenTries = async () => {},
    triesMax = 60,
  }: { betweenTries?: () => Promise<void>; triesMax?: number } = {},
): Promise<number> {
  for (let failures = 0; failures < triesMax; failures += 1) {
    sender.offer(offerAt(index));
    for (;;) {
      let outcome: boolean | null = null;
      sender.report((_, delivered) => {
        outcome = delivered;
      });
      if (outcome === true) return failures;
      if (outcome === false) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await betweenTries();
  }
  throw new Error(`not delivered in ${triesMax} tries`);
}

/** What a stream was asked to carry. */
export interface StreamLog {
  readonly header: SnapshotHeader;
  /** Of each chunk that was read for it, in order. */
  readonly chunks: number[];
  rows: number;
}

/** A transport that notes each stream when it begins, and what is read for it. */
export function noting(
  transport: SnapshotTransport,
  streams: StreamLog[],
  onStream: () => void = () => {},
): SnapshotTransport {
  return {
    ask: (header, signal) => transport.ask(header, signal),
    send: (header, chunks, signal) => {
      const log: StreamLog = { header, chunks: [], rows: 0 };
      streams.push(log);
      onStream();
      const noted = async function* (): AsyncGenerator<SnapshotChunk> {
        for await (const chunk of chunks) {
          log.chunks.push(chunk.place.chunks);
          log.rows += chunk.rows.length;
          yield chunk;
        }
      };
      return transport.send(header, noted(), signal);
    },
    receive: (taker) => transport.receive(taker),
  };
}

/** Notes the keys of all rows that are staged in `state`, and calls `onWritten` with the number of chunks so far. */
export function notingStage(
  state: StateStore,
  staged: string[],
  onWritten: (chunks: number) => void = () => {},
): StateStore {
  let written = 0;
  const stage = async (): Promise<StateStage> => {
    const inner = await state.stage();
    return {
      write: async (rows) => {
        await inner.write(rows);
        staged.push(...rows.map(({ key }) => key));
        written += 1;
        onWritten(written);
      },
      seal: (meta) => inner.seal(meta),
      discard: () => inner.discard(),
    };
  };
  return new Proxy(state, {
    get: (target, name) => {
      if (name === 'stage') return stage;
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
