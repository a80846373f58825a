/** Wall clocks that are off. */
import { setTimeout as wait } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import type { ChaosNode } from '../chaos-node.js';
import { NoSuchFault } from '../fault.js';
import { type Doer, RECOVERY_TIMEOUT_MS } from '../field.js';
import { endWell, startAgain } from './process.js';

/** Far beyond what a leader's clock may be off by. */
const JUMP_MS = 45_000;

export const clockJump: Doer = async (field, { target, forMs, step = 'ahead' }) => {
  const node = await field.take(target);
  try {
    await endWell(node);
    const nowMs = Date.now();
    node.extraArgs = ['--clock', `1:${nowMs}:${nowMs + (step === 'ahead' ? JUMP_MS : -JUMP_MS)}`];
    node.start();
    const said = await eventually(() => saysThatItIsOff(node), { timeoutMs: RECOVERY_TIMEOUT_MS }).catch(
      () => {
        throw new NoSuchFault(`${node.company} does not say that its clock is off`);
      },
    );
    await wait(forMs);
    await endWell(node);
    node.extraArgs = [];
    return await startAgain(node, `said: ${said}`);
  } finally {
    field.give(node);
  }
};

/** What a node with such a clock says, which is not fit for use; false while it does not. */
async function saysThatItIsOff(node: ChaosNode): Promise<string | false> {
  const { problems } = await node.status();
  return (problems as readonly string[]).find((each) => each.includes('off the median')) ?? false;
}
