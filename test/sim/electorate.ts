/**
 * Which nodes suffice to go on, whatever else is lost or cut off: the question behind every fault that lasts for ever, and
 * behind the choice of whom to heal.
 */
import type { ConfigState } from '../../src/raft/entry.js';
import { isQuorum } from './invariants/configurations.js';
import type { Judge } from './invariants/judge.js';
import type { SimNode } from './node.js';

/**
 * Whether `nodes`, all of them whole, can elect a leader and commit: in every configuration that may come to be in force,
 * and in every one in which one of them may wake up that can win an election. A replica that was not told that a
 * change is committed is still in the configuration before, and needs that one's voters (thesis §4.1).
 */
export function canDecide(nodes: readonly SimNode[], judge: Judge): boolean {
  const ids = new Set(nodes.map(({ id }) => id));
  const { configurations } = judge.commits;
  const { lastChange } = configurations;
  const term = judge.commits.termAt(lastChange);
  // Nobody gets a quorum's votes who lacks the last change.
  const electable = nodes.filter(({ log }) => log.base.index >= lastChange || log.term(lastChange) === term);
  const known = electable.map(({ log }): ConfigState => {
    return configurations.at(Math.max(log.hardState.commit, log.base.index));
  });
  return [...judge.changes.possible, ...known].every((config) => isQuorum(config, (id) => ids.has(id)));
}
