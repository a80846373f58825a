/** Processes that are killed, stopped and ended. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import type { ChaosNode } from '../chaos-node.js';
import { NoSuchFault } from '../fault.js';
import { type Doer, RECOVERY_TIMEOUT_MS } from '../field.js';

/** Longer than a node may take to end well. */
const END_TIMEOUT_MS = 20_000;

export const kill: Doer = async (field, { target, forMs }) => {
  const node = await field.take(target);
  try {
    return await killAll([node], forMs);
  } finally {
    field.give(node);
  }
};

export const majorityDown: Doer = async (field, { target, forMs }) => {
  const nodes = field.takeAll();
  try {
    const majority = Math.floor(nodes.length / 2) + 1;
    return await killAll(
      Array.from({ length: majority }, (_, k) => nodes[(target.nth + k) % nodes.length]!),
      forMs,
    );
  } finally {
    field.give(...nodes);
  }
};

export const allDown: Doer = async (field, { forMs }) => {
  const nodes = field.takeAll();
  try {
    return await killAll(nodes, forMs);
  } finally {
    field.give(...nodes);
  }
};

export const stop: Doer = async (field, { target, forMs }) => {
  const node = await field.take(target);
  try {
    const { pid } = node;
    node.pause();
    await eventually(async () => (await stateOf(pid)) === 'T', { timeoutMs: 2_000 });
    await wait(forMs);
    node.resume();
    await node.ready(RECOVERY_TIMEOUT_MS);
    return `${node.company} (${pid}) stood still`;
  } finally {
    field.give(node);
  }
};

export const terminate: Doer = async (field, { target, forMs }) => {
  const node = await field.take(target);
  try {
    await endWell(node);
    await wait(forMs);
    return await startAgain(node, 'ended well');
  } finally {
    field.give(node);
  }
};

export const rollingRestart: Doer = async (field) => {
  const nodes = field.takeAll();
  try {
    for (const node of nodes) {
      await endWell(node);
      await startAgain(node, '');
    }
    return `${nodes.length} nodes ended well and came back, one after the other`;
  } finally {
    field.give(...nodes);
  }
};

/** What `failpoint-entry.mjs` understands: where in a commit the process ends. */
export const FAILPOINTS = [
  'before-save',
  'sent-not-saved',
  'saved-not-told',
  'acknowledged-not-told',
  'before-rows',
  'after-rows',
  'decided-not-answered',
] as const;

/** Killed by itself, at a step of a commit that comes its way. */
export const failpoint: Doer = async (field, { target, forMs, step = FAILPOINTS[0] }) => {
  const node = await field.take(target);
  const file = node.failpointFile;
  try {
    await writeFile(file, step);
    node.tell('SIGUSR2');
    const signal = await endOf(node).catch(() => {
      throw new NoSuchFault(`${node.company} did not come by ${step}`);
    });
    if (signal !== 'SIGKILL') throw new NoSuchFault(`${node.company} ended with ${signal}, not at ${step}`);
    await wait(forMs);
    return await startAgain(node, `died at ${step}`);
  } finally {
    await rm(file, { force: true });
    field.give(node);
  }
};

/** Ends a node that is to end well; rejects when it did not. */
export async function endWell(node: ChaosNode): Promise<void> {
  const code = await node.end('SIGTERM');
  if (code !== 0) throw new Error(`${node.company} was to end well, and ended with ${code}`);
}

/** Kills a node that runs. */
export async function killOne(node: ChaosNode): Promise<void> {
  const { child } = node;
  await node.end('SIGKILL');
  if (child?.signalCode !== 'SIGKILL')
    throw new NoSuchFault(`${node.company} had ended before it was killed`);
}

/** Starts a node and waits until it is of use. Resolves with what happened to it. */
export async function startAgain(node: ChaosNode, what: string): Promise<string> {
  node.start();
  await node.ready(RECOVERY_TIMEOUT_MS);
  return `${node.company} ${what}`;
}

/** Waits until a process ended by itself. Resolves with its exit code, or the signal that it died of. */
export async function endOf(node: ChaosNode): Promise<number | string | null> {
  await eventually(() => !node.running, { timeoutMs: END_TIMEOUT_MS });
  return node.child!.signalCode ?? node.child!.exitCode;
}

async function killAll(nodes: readonly ChaosNode[], forMs: number): Promise<string> {
  await Promise.all(nodes.map(killOne));
  await wait(forMs);
  for (const node of nodes) node.start();
  await Promise.all(nodes.map((node) => node.ready(RECOVERY_TIMEOUT_MS)));
  return `killed ${namesOf(nodes)}`;
}

export function namesOf(nodes: readonly ChaosNode[]): string {
  return nodes.map(({ company }) => company).join(', ');
}

/** One letter of `proc(5)`. */
async function stateOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2)[0]!;
}
