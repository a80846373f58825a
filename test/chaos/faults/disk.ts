/** Disks that fill up, fail, dawdle, and lose their power. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import type { ChaosNode } from '../chaos-node.js';
import { NoSuchFault } from '../fault.js';
import { type Doer, RECOVERY_TIMEOUT_MS } from '../field.js';
import { endOf, killOne, namesOf, startAgain } from './process.js';

/** How long a system remembers the sizes of files on a file system like the one that loses power. */
const SIZES_REMEMBERED_MS = 1_100;

export const diskFull: Doer = async (field, { target }) => {
  const node = await field.take(target, { disk: 'small' });
  try {
    await node.disk.fill();
    await expectFailure(node, /ENOSPC|no space left/i);
    await node.disk.makeRoom();
    return await startAgain(node, 'ended on a full disk');
  } finally {
    await node.disk.makeRoom();
    field.give(node);
  }
};

export const fsyncError: Doer = async (field, { target }) => {
  const node = await field.take(target);
  const trace = new Trace(node, 'fdatasync:error=EIO:when=1');
  try {
    await expectFailure(node, /EIO|i\/o error|input\/output error/i);
    await trace.end();
    return await startAgain(node, 'ended by a sync that failed');
  } finally {
    await trace.end();
    field.give(node);
  }
};

export const slowDisk: Doer = async (field, { target, forMs }) => {
  const node = await field.take(target);
  const trace = new Trace(node, 'fdatasync:delay_enter=150000');
  try {
    await wait(forMs);
    const syncs = await trace.end();
    if (syncs === 0) throw new NoSuchFault(`${node.company} synced nothing`);
    await node.ready(RECOVERY_TIMEOUT_MS);
    return `${syncs} syncs of ${node.company} took 150 ms more`;
  } finally {
    await trace.end();
    field.give(node);
  }
};

export const powerLoss: Doer = async (field, { target, forMs }) => {
  const node = await field.take(target, { disk: 'powered' });
  try {
    return await loseAll([node], forMs);
  } finally {
    field.give(node);
  }
};

export const blackout: Doer = async (field, { forMs }) => {
  const nodes = field.takeAll();
  try {
    return await loseAll(nodes, forMs);
  } finally {
    field.give(...nodes);
  }
};

/** Why no process can be traced here; null when one can. */
export function whyNoStrace(): string | null {
  const { status, error, stderr } = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true'], {
    encoding: 'utf8',
  });
  return status === 0 ? null : `no strace here: ${error?.message ?? stderr.trim()}`;
}

async function loseAll(nodes: readonly ChaosNode[], forMs: number): Promise<string> {
  await Promise.all(nodes.map(killOne));
  for (const { disk } of nodes) {
    disk.losePower();
    // It hears of it with the next thing that is asked of it.
    for (let k = 0; k < 3; k += 1) await readdir(disk.directory);
  }
  await wait(Math.max(forMs, SIZES_REMEMBERED_MS));
  for (const node of nodes) node.start();
  await Promise.all(nodes.map((node) => node.ready(RECOVERY_TIMEOUT_MS)));
  return `${namesOf(nodes)} lost all that was not synced`;
}

/** The first write that fails ends the process, and it says why. */
async function expectFailure(node: ChaosNode, why: RegExp): Promise<void> {
  const code = await endOf(node).catch(() => {
    throw new NoSuchFault(`${node.company} did not end`);
  });
  await eventually(() => node.child?.stderr?.closed === true);
  const said = node.errorLines.join('\n');
  if (code !== 1 || !why.test(said)) throw new Error(`${node.company} ended with ${code} and said: ${said}`);
}

/** A running node's system calls, changed by strace. */
class Trace {
  readonly #strace: ChildProcess;
  readonly #file: string;
  #calls = 0;

  constructor(node: ChaosNode, inject: string) {
    this.#file = node.traceFile;
    const call = inject.slice(0, inject.indexOf(':'));
    const which = ['-e', `trace=${call}`, '-e', `inject=${inject}`];
    const args = ['-f', '-qq', '-o', this.#file, '-p', String(node.pid), ...which];
    this.#strace = spawn('strace', args, { stdio: 'ignore' });
    this.#strace.on('error', () => {});
  }

  /** Lets go of the process. Resolves with how many calls it saw. */
  async end(): Promise<number> {
    const { exitCode, signalCode, pid } = this.#strace;
    if (pid !== undefined && exitCode === null && signalCode === null) {
      const gone = once(this.#strace, 'exit');
      this.#strace.kill('SIGINT');
      await gone;
    }
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    this.#calls = Math.max(this.#calls, text.split('\n').filter((line) => line.includes('(')).length);
    await rm(this.#file, { force: true });
    return this.#calls;
  }
}
