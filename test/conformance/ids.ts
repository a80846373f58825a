/** The data files number replicas 1, 2, 3…; 0 is nobody. */
import type { ConfigState, MemberChange, ReplicaId } from '../../src/raft/entry.js';
import { NOBODY, replicaId } from '../../src/raft/entry.js';

export function idOf(number: number): ReplicaId {
  return number === 0 ? NOBODY : replicaId(number.toString(16).padStart(16, '0'));
}

export function numberOf(id: ReplicaId): number {
  return id === NOBODY ? 0 : Number.parseInt(id, 16);
}

const KINDS: Readonly<Record<string, MemberChange['kind']>> = {
  v: 'add-voter',
  l: 'add-learner',
  r: 'remove',
  u: 'update',
};

/** Reads `v1 l2 r3 u4`. */
export function parseChanges(text: string): readonly MemberChange[] {
  return text
    .split(/\s+/)
    .filter((token) => token !== '')
    .map((token) => ({ kind: KINDS[token[0]!]!, id: idOf(Number(token.slice(1))) }));
}

/** Writes `v1 l2 r3 u4`. */
export function formatChanges(changes: readonly MemberChange[]): string {
  const letter = (kind: MemberChange['kind']) => Object.keys(KINDS).find((key) => KINDS[key] === kind)!;
  return changes.map(({ kind, id }) => `${letter(kind)}${numberOf(id)}`).join(' ');
}

/** Writes `voters=(1 2)&&(1) learners=(3) autoleave`. */
export function formatConfig(config: ConfigState): string {
  const list = (ids: readonly ReplicaId[]) => `(${ids.map(numberOf).join(' ')})`;
  let text = `voters=${list(config.voters)}`;
  if (config.votersOutgoing.length > 0) text += `&&${list(config.votersOutgoing)}`;
  if (config.learners.length > 0) text += ` learners=${list(config.learners)}`;
  if (config.learnersNext.length > 0) text += ` learners_next=${list(config.learnersNext)}`;
  return config.autoLeave ? `${text} autoleave` : text;
}
