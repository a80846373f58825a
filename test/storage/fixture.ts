/** Replica directories that a test file makes and that are gone after it. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { SILENT } from '../../src/observe/logger.js';
import { LevelLogStore } from '../../src/storage/level-log-store.js';
import { openReplicaDirectory, type ReplicaDirectory } from '../../src/storage/replica-directory.js';

const COMPANY = 'empresa_a';

/** In memory where there is such a place: these tests are about bytes, and need no disk for themselves. */
const PARENT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const made: string[] = [];

afterAll(async () => {
  await Promise.all(made.splice(0).map((path) => rm(path, { recursive: true, force: true })));
});

/** A path in an own temporary directory; nothing is there yet. */
export async function freshPath(): Promise<string> {
  const parent = await mkdtemp(join(PARENT, 'malha-storage-'));
  made.push(parent);
  return join(parent, 'replica');
}

export function openDirectory(path: string, company = COMPANY): Promise<ReplicaDirectory> {
  return openReplicaDirectory(path, { company, random: randomBytes });
}

/** A replica directory as it is after its making. */
export async function freshDirectory(): Promise<string> {
  const path = await freshPath();
  await openDirectory(path);
  return path;
}

/** A copy of a directory whose stores are closed. */
export async function copyOf(directory: string): Promise<string> {
  const path = await freshPath();
  await cp(directory, path, { recursive: true });
  return path;
}

/** Small memory, so that reads go to the disk too. */
export function openLog(directory: string, recentBytesMax = 0): Promise<LevelLogStore> {
  return LevelLogStore.open(directory, { logger: SILENT, recentBytesMax });
}
