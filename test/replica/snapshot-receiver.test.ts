/** A state that arrives, down to the point at which consensus decides. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/ledger/command.js';
import { Ledger } from '../../src/ledger/ledger.js';
import { SILENT } from '../../src/observe/logger.js';
import { replicaId } from '../../src/raft/entry.js';
import type { SnapshotHeader, StateRow } from '../../src/replica/ports.js';
import { type Received, SnapshotReceiver } from '../../src/replica/snapshot-receiver.js';
import { MemoryStateStore } from '../../src/storage/memory-state-store.js';
import { eventually } from '../support/eventually.js';

const A = replicaId('a'.repeat(16));
const B = replicaId('b'.repeat(16));
const CONFIG = { voters: [A, B], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };

/** The state of a ledger with so many companies. */
function stateOf(companies: number): { readonly rows: readonly StateRow[]; readonly header: SnapshotHeader } {
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
      operation: { kind: 'register-company', name: `C ${index}`, displayId: `${index}` },
    };
    ledger.apply({ index, atMs: 1_800_000_000_000, command }, 1);
  }
  const header = { from: A, to: B, term: 3, meta: { ...ledger.meta(), config: CONFIG } };
  return { rows: [...ledger.rows()], header };
}

/** Pages that come when the test says so. */
class Source implements AsyncIterable<readonly StateRow[]> {
  private arrived: (readonly StateRow[] | 'end')[] = [];
  private wake: () => void = () => {};

  push(page: readonly StateRow[] | 'end'): void {
    this.arrived.push(page);
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly StateRow[]> {
    for (;;) {
      const page = this.arrived.shift();
      if (page === 'end') return;
      if (page !== undefined) yield page;
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
  }
}

function rig() {
  const state = new MemoryStateStore();
  const position = { term: 3, commitIndex: 0 };
  const installed: Received[] = [];
  let finish: () => void = () => {};
  const receiver = new SnapshotReceiver({
    state,
    logger: SILENT,
    position: () => position,
    install: (received) => {
      installed.push(received);
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
    fail: (error) => {
      throw error;
    },
  });
  return { state, position, receiver, installed, finish: () => finish() };
}

describe('a state that arrives', () => {
  it('is handed over once it is staged and restored, and done when it is installed', async () => {
    const { state, receiver, installed, finish } = rig();
    const { rows, header } = stateOf(5);
    const source = new Source();
    let done = false;
    const taking = receiver.take(header, source).then(() => {
      done = true;
    });
    source.push(rows.slice(0, 3));
    source.push(rows.slice(3));
    source.push('end');
    await eventually(() => installed.length === 1);
    expect(installed[0]!.ledger.meta().digest).toBe(header.meta.digest);
    expect(state.staged()).toEqual(header.meta);
    expect(done).toBe(false);
    finish();
    await taking;
  });

  it('is not taken in an old term, nor when its index is committed here already', async () => {
    const { position, receiver, installed } = rig();
    const { header } = stateOf(5);
    position.term = 4;
    await expect(receiver.take(header, new Source())).rejects.toThrow('term');
    Object.assign(position, { term: 3, commitIndex: 5 });
    await receiver.take(header, new Source());
    expect(installed).toEqual([]);
  });

  it('ends when the term moves on meanwhile', async () => {
    const { state, position, receiver } = rig();
    const { rows, header } = stateOf(5);
    const source = new Source();
    const taking = receiver.take(header, source);
    source.push(rows.slice(0, 3));
    position.term = 4;
    source.push(rows.slice(3));
    source.push('end');
    await expect(taking).rejects.toThrow('of term 3 in term 4');
    expect(state.staged()).toBeNull();
  });

  it('is refused when its rows do not give the digest', async () => {
    const { state, receiver, installed } = rig();
    const { rows, header } = stateOf(5);
    const source = new Source();
    const taking = receiver.take(header, source);
    source.push(rows.slice(1));
    source.push('end');
    await expect(taking).rejects.toThrow('digest');
    expect(installed).toEqual([]);
    expect(state.staged()).toBeNull();
  });

  it('C23: gives way to a newer one, though its sender says nothing more', async () => {
    const { state, receiver, installed, finish } = rig();
    const [first, second] = [stateOf(3), stateOf(6)];
    const silent = new Source();
    const superseded = receiver.take(first.header, silent);
    silent.push(first.rows.slice(0, 2));
    const source = new Source();
    const taking = receiver.take(second.header, source);
    await expect(superseded).rejects.toThrow('newer');
    source.push(second.rows);
    source.push('end');
    await eventually(() => installed.length === 1);
    expect(state.staged()).toEqual(second.header.meta);
    finish();
    await taking;
    // What the first sender says at last goes nowhere.
    silent.push(first.rows.slice(2));
    silent.push('end');
    expect(installed).toHaveLength(1);
  });

  it('does not give way to one of an older term, nor to any once it is handed over', async () => {
    const { position, receiver, installed, finish } = rig();
    position.term = 2;
    const { rows, header } = stateOf(3);
    const source = new Source();
    const taking = receiver.take(header, source);
    await expect(receiver.take({ ...header, term: 2 }, new Source())).rejects.toThrow('another');
    source.push(rows);
    source.push('end');
    await eventually(() => installed.length === 1);
    await expect(receiver.take(stateOf(6).header, new Source())).rejects.toThrow('another');
    finish();
    await taking;
  });

  it('ends with the replica', async () => {
    const { receiver } = rig();
    const taking = receiver.take(stateOf(3).header, new Source());
    const ended = expect(taking).rejects.toThrow('shutting down');
    await receiver.close();
    await ended;
    await expect(receiver.take(stateOf(3).header, new Source())).rejects.toThrow('shutting down');
  });
});
