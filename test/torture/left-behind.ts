/** What nodes leave on their disks when all of them are killed at once: their logs, and the ledgers that a start would find. */
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import { SILENT } from '../../src/observe/logger.js';
import { openLedger } from '../../src/replica/open-replica.js';
import { LevelLogStore } from '../../src/storage/level-log-store.js';
import { LevelStateStore } from '../../src/storage/level-state-store.js';
import type { LoggedEntry, NodeRecord } from '../checker/run.js';
import { eventually } from '../support/eventually.js';
import type { NodeProcess } from '../support/node-process.js';

/** A mesh, as far as it is asked for here. */
export interface LeavingMesh {
  readonly nodes: readonly NodeProcess[];
  /** Resolves once all nodes are ready and hold the same ledger at the same index. */
  agree(): Promise<void>;
}

/**
 * Lets the mesh agree, kills all of it, and reads every node up to the last index that any had applied. A node may not have
 * that yet: then all start once more. Resolves with the moment, too.
 */
export async function leftBehind(
  mesh: LeavingMesh,
): Promise<{ readonly nodes: readonly NodeRecord[]; readonly endedAtMs: number }> {
  return eventually(
    async () => {
      for (const node of mesh.nodes) if (!node.running) node.start();
      await mesh.agree();
      const applied = await Promise.all(
        mesh.nodes.map(async (node) => Number((await node.status()).appliedIndex)),
      );
      const endedAtMs = Date.now();
      await Promise.all(mesh.nodes.map((node) => node.end('SIGKILL')));
      const disks = await Promise.all(mesh.nodes.map(({ dataDirectory }) => open(dataDirectory)));
      const index = Math.max(...applied, ...disks.map(({ ledger }) => ledger.appliedIndex));
      const isThere = disks.every(({ log }) => log.lastIndex() >= index);
      const nodes = isThere ? disks.map((disk, k) => recordOf(mesh.nodes[k]!.company, disk, index)) : [];
      for (const { log } of disks) await log.close();
      return nodes.length > 0 && { nodes, endedAtMs };
    },
    { timeoutMs: 60_000 },
  );
}

type Disk = Awaited<ReturnType<typeof open>>;

async function open(directory: string) {
  const log = await LevelLogStore.open(directory, { logger: SILENT });
  const state = await LevelStateStore.open(directory, { logger: SILENT });
  const ledger = await openLedger(log, state, SILENT);
  await state.close();
  return { log, ledger };
}

function recordOf(node: string, { log, ledger }: Disk, lastIndex: number): NodeRecord {
  const entries: LoggedEntry[] = [];
  for (let index = log.firstIndex(); index <= lastIndex; index += 1) {
    const { term, payload } = log.entries(index, index + 1, 0)[0]!;
    const content = payload.kind === 'command' ? ledgerCodec.decodeEntry(payload.data, index) : null;
    entries.push({ index, term, content });
    // The state is behind the log, and replayed from it.
    if (index <= ledger.appliedIndex) continue;
    if (content === null) ledger.skip(index, term);
    else ledger.apply(content, term);
  }
  const { appliedIndex, digest } = ledger.meta();
  return { node, log: entries, appliedIndex, digest, rows: [...ledger.rows()] };
}
