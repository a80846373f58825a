/** Files that are there after a power loss, whole or not at all. */
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What `replaceFile` writes before it renames. */
export function temporaryOf(path: string): string {
  return `${path}.tmp`;
}

/** Makes `path` hold exactly `content`: a crash leaves the old content or the new one. */
export async function replaceFile(path: string, content: Uint8Array): Promise<void> {
  const temporary = temporaryOf(path);
  await writeSynced(temporary, content);
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Writes a new or old file and waits until its content is on disk; its name may not be yet. */
export async function writeSynced(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Waits until what a file holds is on disk; one that is gone meanwhile is none of our business. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return;
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Waits until the names in a directory are on disk. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
