/**
 * What nodes' directories lie on: the machine's own file system, one of a size that can be filled, or one that loses
 * what was not synced when its power goes.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';

export type DiskKind = 'plain' | 'small' | 'powered';

export interface NodeDisk {
  readonly kind: DiskKind;
  /** Where the node's data is. */
  readonly directory: string;
  /** Takes all room there is; only of a `small` one. */
  fill(): Promise<void>;
  makeRoom(): Promise<void>;
  /** Forgets what was not synced; only of a `powered` one. The node must not run. */
  losePower(): void;
  release(): Promise<void>;
}

/** Room of a small disk. */
const SMALL_MB = 256;
const FILLER_BYTES = 1 << 20;

/** Why there is no such disk here; null when there is. */
export function whyNoDisk(kind: DiskKind): string | null {
  switch (kind) {
    case 'plain':
      return null;
    case 'small':
      return process.getuid?.() === 0 ? null : 'only root mounts a file system of limited size';
    case 'powered': {
      if ((process.env.MALHA_POWERFS ?? '') === '')
        return 'MALHA_POWERFS names no file system that loses power';
      if (!existsSync(process.env.MALHA_POWERFS!)) return `there is no ${process.env.MALHA_POWERFS}`;
      if (!existsSync('/dev/fuse')) return 'there is no /dev/fuse';
      return pythonWithFuse() === null ? 'no Python here has fusepy' : null;
    }
  }
}

/** Makes a disk at `place`, which must not be there. Rejects where it cannot. */
export async function makeDisk(kind: DiskKind, place: string): Promise<NodeDisk> {
  await mkdir(place, { recursive: true });
  if (kind === 'small') return smallDisk(place);
  if (kind === 'powered') return poweredDisk(place);
  return { kind, directory: join(place, 'data'), ...IMPOSSIBLE, release: async () => {} };
}

const IMPOSSIBLE = {
  fill: () => Promise.reject(new Error('this disk has no bounds')),
  makeRoom: () => Promise.resolve(),
  losePower: () => {
    throw new Error('this disk loses nothing');
  },
};

function smallDisk(place: string): NodeDisk {
  run('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_MB}m`, 'malha-chaos', place]);
  const filler = join(place, 'filler');
  return {
    ...IMPOSSIBLE,
    kind: 'small',
    directory: join(place, 'data'),
    async fill() {
      await writeFile(filler, '');
      const { bavail, bsize } = statfsSync(place);
      try {
        for (let left = bavail * bsize; left > 0; left -= FILLER_BYTES) {
          await appendFile(filler, Buffer.alloc(FILLER_BYTES));
        }
        for (;;) await appendFile(filler, Buffer.alloc(4_096));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    makeRoom: () => rm(filler, { force: true }),
    release: async () => unmount(place),
  };
}

async function poweredDisk(place: string): Promise<NodeDisk> {
  const [backing, mounted] = [join(place, 'platters'), join(place, 'mounted')];
  await mkdir(backing);
  await mkdir(mounted);
  const server = spawn(pythonWithFuse()!, [process.env.MALHA_POWERFS!, backing, mounted], {
    stdio: 'ignore',
  });
  const release = async (): Promise<void> => {
    unmount(mounted);
    if (isUp(server)) {
      const gone = once(server, 'exit');
      server.kill('SIGKILL');
      await gone;
    }
  };
  try {
    await eventually(() => isMounted(mounted), { timeoutMs: 5_000 });
  } catch (error) {
    await release();
    throw error;
  }
  return {
    ...IMPOSSIBLE,
    kind: 'powered',
    directory: join(mounted, 'data'),
    losePower() {
      if (!isUp(server)) throw new Error('the file system that loses power has ended');
      server.kill('SIGUSR1');
    },
    release,
  };
}

function isUp({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function isMounted(place: string): boolean {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .some((line) => line.split(' ')[1] === place);
}

/** Whoever still looks at it goes on looking; nobody else finds it. */
function unmount(place: string): void {
  if (isMounted(place)) run('umount', ['-l', place]);
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

let python: string | null | undefined;

/** The Debian one comes first: others may not see its packages. */
function pythonWithFuse(): string | null {
  python ??=
    ['/usr/bin/python3', 'python3'].find(
      (each) => spawnSync(each, ['-c', 'from fusepy import FUSE']).status === 0,
    ) ?? null;
  return python;
}
