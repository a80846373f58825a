/** Drives the quorum arithmetic with `committed` and `vote` directives, and with its own symmetries. */
import type { ReplicaId } from '../../src/raft/entry.js';
import { quorumAcknowledged, quorumVote, type VoteOutcome, type VoterSets } from '../../src/raft/quorum.js';
import { type Directive, valuesOf } from './data-file.js';
import { idOf, numberOf } from './ids.js';

export const QUORUM_COMMANDS = ['committed', 'vote'];

const OUTCOMES: Readonly<Record<VoteOutcome, string>> = {
  won: 'VoteWon',
  lost: 'VoteLost',
  pending: 'VotePending',
};

/** The output of one directive. */
export function runQuorum({ command, args }: Directive): string {
  const ids = valuesOf(args, 'cfg').map((value) => idOf(Number(value)));
  const joint = valuesOf(args, 'cfgj');
  const idsJoint = joint.filter((value) => value !== 'zero').map((value) => idOf(Number(value)));
  const sets: VoterSets = { voters: unique(ids), votersOutgoing: unique(idsJoint) };
  const order = unique([...ids, ...idsJoint], false);
  const inputs = valuesOf(args, command === 'vote' ? 'votes' : 'idx');
  if (inputs.length !== order.length) {
    const given = inputs.map((input) => (input === '_' ? 0 : input)).join(' ');
    return `error: mismatched input (explicit or _) for voters map[${order.map((id) => `${numberOf(id)}:{}`).join(' ')}]: [${given}]`;
  }
  const known = new Map<ReplicaId, string>();
  order.forEach((id, at) => {
    if (inputs[at] !== '_') known.set(id, inputs[at]!);
  });
  return command === 'vote' ? vote(sets, known) : committed(sets, known, joint.length > 0);
}

function committed(sets: VoterSets, known: ReadonlyMap<ReplicaId, string>, joint: boolean): string {
  const indexes = new Map([...known].map(([id, value]) => [id, Number(value)] as const));
  const index = quorumAcknowledged(sets, (id) => indexes.get(id));
  let text = describe(unique([...sets.voters, ...sets.votersOutgoing]), indexes);
  const swapped = quorumAcknowledged({ voters: sets.votersOutgoing, votersOutgoing: sets.voters }, (id) =>
    indexes.get(id),
  );
  if (swapped !== index) text += `${formatIndex(swapped)} <-- via symmetry\n`;
  if (!joint) {
    const selfJoint = { voters: sets.voters, votersOutgoing: sets.voters };
    const own = quorumAcknowledged(selfJoint, (id) => indexes.get(id));
    if (own !== index) text += `${formatIndex(own)} <-- via self-joint quorum\n`;
    const counted = [0, ...indexes.values()]
      .filter(
        (candidate) =>
          2 * sets.voters.filter((id) => (indexes.get(id) ?? 0) >= candidate).length > sets.voters.length,
      )
      .reduce((best, candidate) => Math.max(best, candidate), 0);
    if (sets.voters.length > 0 && counted !== index) text += `${counted} <-- via alternative computation\n`;
    for (const [id, value] of indexes) {
      if (value >= index) continue;
      // A voter below the committed index does not matter, however far below it is.
      for (const lower of [value - 1, 0]) {
        const other = quorumAcknowledged(sets, (each) => (each === id ? lower : indexes.get(each)));
        if (other !== index) text += `${formatIndex(other)} <-- overlaying ${numberOf(id)}->${lower}\n`;
      }
    }
  }
  return `${text}${formatIndex(index)}`;
}

function vote(sets: VoterSets, known: ReadonlyMap<ReplicaId, string>): string {
  const ballot = (id: ReplicaId) => (known.has(id) ? known.get(id) === 'y' : undefined);
  const outcome = quorumVote(sets, ballot);
  const swapped = quorumVote({ voters: sets.votersOutgoing, votersOutgoing: sets.voters }, ballot);
  return swapped === outcome
    ? OUTCOMES[outcome]
    : `${OUTCOMES[swapped]} <-- via symmetry\n${OUTCOMES[outcome]}`;
}

/** One bar a voter: the more voters are behind it, the longer; the same for the same index. */
function describe(voters: readonly ReplicaId[], indexes: ReadonlyMap<ReplicaId, number>): string {
  const count = voters.length;
  if (count === 0) return '<empty majority quorum>';
  const ranked = voters
    .map((id) => ({ id, index: indexes.get(id) ?? 0 }))
    .sort((a, b) => a.index - b.index || (a.id < b.id ? -1 : 1));
  const bars = new Map<ReplicaId, number>();
  ranked.forEach(({ id, index }, at) => {
    const before = ranked[at - 1];
    if (before !== undefined) bars.set(id, before.index < index ? at : (bars.get(before.id) ?? 0));
  });
  let text = `${' '.repeat(count)}    idx\n`;
  for (const id of voters) {
    const bar = bars.get(id) ?? 0;
    text += indexes.has(id) ? `${'x'.repeat(bar)}>${' '.repeat(count - bar)}` : `?${' '.repeat(count)}`;
    text += ` ${String(indexes.get(id) ?? 0).padStart(5)}    (id=${numberOf(id)})\n`;
  }
  return text;
}

function formatIndex(index: number): string {
  return index === Number.POSITIVE_INFINITY ? '∞' : String(index);
}

function unique(ids: readonly ReplicaId[], sort = true): readonly ReplicaId[] {
  const set = [...new Set(ids)];
  return sort ? set.sort() : set;
}
