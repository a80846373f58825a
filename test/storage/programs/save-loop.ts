/**
 * Saves to a log as a process of its own, so that a test can count and fail its system calls. Arguments: the
 * replica directory, then the steps: `vote`, `sync`, `unsynced` or `replace`, each with `=count`.
 *
 * Says `saved STEP` or `failed STEP` of each save. Looks for a file named after each step before it, which is
 * how a trace of system calls shows where the step begins.
 */
import { existsSync } from 'node:fs';
import { SILENT } from '../../../src/observe/logger.js';
import { type Entry, replicaId } from '../../../src/raft/entry.js';
import type { LogSave } from '../../../src/replica/ports.js';
import { LevelLogStore } from '../../../src/storage/level-log-store.js';

const ME = replicaId('000000000000000a');

const [directory, ...steps] = process.argv.slice(2);
const log = await LevelLogStore.open(directory!, { logger: SILENT });

for (const step of steps) {
  const [kind, count] = step.split('=');
  existsSync(`/begin-of-${kind}`);
  for (let i = 0; i < Number(count); i += 1) {
    const outcome = await log.save(nextSave(kind!)).then(
      () => 'saved',
      () => 'failed',
    );
    process.stdout.write(`${outcome} ${kind}\n`);
  }
}
existsSync('/begin-of-end');
await log.close();

function nextSave(kind: string): LogSave {
  const { term, vote } = log.hardState();
  switch (kind) {
    case 'sync':
      return saveOf({ entries: [entry(log.lastIndex() + 1, term)] });
    case 'replace':
      return saveOf({
        hardState: { term: term + 1, vote: ME, commit: 0 },
        entries: [entry(log.lastIndex(), term + 1)],
      });
    case 'unsynced':
      return saveOf({ hardState: { term, vote, commit: log.lastIndex() }, mustSync: false });
    case 'vote':
      return saveOf({ hardState: { term: term + 1, vote: ME, commit: 0 } });
    default:
      throw new Error(`no such step: ${kind}`);
  }
}

function entry(index: number, term: number): Entry {
  return { index, term, payload: { kind: 'command', data: new Uint8Array(200) } };
}

function saveOf(save: Partial<LogSave>): LogSave {
  return { hardState: null, entries: [], snapshot: null, mustSync: true, ...save };
}
