/**
 * Where this project's consensus differs from the files by design, and what of them is therefore not compared.
 */

/** Why expected lines are not compared. */
export type NotCompared =
  | 'logger lines'
  | 'lease-based reads'
  | 'unchecked config changes'
  | 'forwarded proposals';

export const REASONS: Readonly<Record<NotCompared, string>> = {
  'logger lines': 'The core logs nothing; what it did shows in its output.',
  'lease-based reads':
    'A lease rests on promises with a duration here (C17), not on CheckQuorum alone: its tests are test/raft/lease.test.ts.',
  'unchecked config changes':
    'A config change is always checked against the configuration in force; there is no option that lets a broken one in.',
  'forwarded proposals':
    'A follower refuses a proposal; the replica layer sends it to the leader, with an answer when it is not taken.',
};

/** Options of `add-nodes` that this project does not have: from there on a file says nothing about it. */
export const MISSING_OPTIONS: Readonly<Record<string, NotCompared>> = {
  'read-only=lease-based': 'lease-based reads',
  'disable-conf-change-validation=true': 'unchecked config changes',
};

const LOGGER_LINE = /^\s*(DEBUG|INFO|WARN|ERROR|FATAL|PANIC)\b/;

/** Whether an expected line is one of etcd's log. */
export function isLoggerLine(line: string): boolean {
  return LOGGER_LINE.test(line);
}
