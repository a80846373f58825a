/**
 * The machine's disk behind the port of the JSON files. Whoever may read the directory's group may read the files: they
 * are there to be read by others.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileSystem, ListedFile, OpenFile } from './file-system.js';

const FILE_MODE = 0o640;
const DIRECTORY_MODE = 0o750;

export const NODE_FILE_SYSTEM: FileSystem = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: DIRECTORY_MODE });
  },

  async list(path) {
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    const files = await Promise.all(names.sort().map((name) => sizeOf(path, name)));
    return files.filter((file) => file !== null);
  },

  async *read(path, fromByte) {
    yield* createReadStream(path, { start: fromByte }) as AsyncIterable<Uint8Array>;
  },

  async readText(path) {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  },

  async openToAppend(path): Promise<OpenFile> {
    const file = await open(path, 'a', FILE_MODE);
    return {
      append: (text) => file.appendFile(text),
      sync: () => file.datasync(),
      async bytes() {
        const { nlink, size } = await file.stat();
        return nlink === 0 ? null : size;
      },
      close: () => file.close(),
    };
  },

  cut: (path, bytes) => truncate(path, bytes),

  async replace(path, text) {
    const temporary = `${path}.tmp`;
    const file = await open(temporary, 'w', FILE_MODE);
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const directory = await open(dirname(path), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },

  remove: (path) => rm(path, { force: true }),

  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
};

/** Null when it went away meanwhile. */
async function sizeOf(directory: string, name: string): Promise<ListedFile | null> {
  try {
    return { name, bytes: (await stat(join(directory, name))).size };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
