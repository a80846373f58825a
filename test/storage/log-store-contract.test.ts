/** The contract of a log store, on every implementation. */
import type { LogStore } from '../../src/replica/ports.js';
import { MemoryLogStore } from '../../src/storage/memory-log-store.js';
import { type LogStoreHarness, logStoreContract } from '../contracts/log-store.js';
import { freshDirectory, openLog } from './fixture.js';

function levelHarness(recentBytesMax: number): LogStoreHarness {
  const directories = new Map<LogStore, string>();
  const open = async (directory: string): Promise<LogStore> => {
    const store = await openLog(directory, recentBytesMax);
    directories.set(store, directory);
    return store;
  };
  return {
    create: async () => open(await freshDirectory()),
    async reopen(store) {
      await store.close();
      return open(directories.get(store)!);
    },
    async dispose() {
      for (const store of directories.keys()) await store.close();
      directories.clear();
    },
  };
}

logStoreContract('LevelLogStore, reading from the disk,', () => levelHarness(0));
logStoreContract('LevelLogStore, reading from memory,', () => levelHarness(1 << 20));
logStoreContract('MemoryLogStore', () => ({
  create: async () => new MemoryLogStore(),
  async reopen(store) {
    await store.close();
    (store as MemoryLogStore).reopen();
    return store;
  },
  async dispose() {},
}));
