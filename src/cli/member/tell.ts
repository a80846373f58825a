/**
 * Members and what became of them, for people and as JSON.
 */
import { fromUint64, replicaIdFromFixed64 } from '../../codec/uint64.js';
import type { ListMembersResponse, MemberState } from '../../gen/malha/mesh/v1/member.js';
import { type Paint, table } from '../terminal.js';

/** A member as JSON tells it; `active` and `matchIndex` are null where no leader told them. */
export interface MemberJson {
  readonly company: string;
  readonly replica: string;
  readonly address: string;
  readonly role: 'leader' | 'voter' | 'learner';
  readonly active: boolean | null;
  readonly matchIndex: number | null;
}

export function memberJson(member: MemberState, leaderTold = true): MemberJson {
  const { replicaId, company, address, voter, leader, active, matchIndex } = member;
  return {
    company,
    replica: replicaIdFromFixed64(replicaId),
    address,
    role: leader ? 'leader' : voter ? 'voter' : 'learner',
    active: leaderTold ? active : null,
    matchIndex: leaderTold ? fromUint64(matchIndex) : null,
  };
}

export interface ListJson {
  readonly index: number;
  readonly members: readonly MemberJson[];
}

export function listJson({ members, index }: ListMembersResponse): ListJson {
  // Only a leader knows of itself that it leads and is there; another node may remember one that is gone.
  const leaderTold = members.some(({ leader, active }) => leader && active);
  const told = members.map((member) => memberJson(member, leaderTold));
  return { index: fromUint64(index), members: told.sort(order) };
}

/** By company; the replicas of one by id. */
function order(a: MemberJson, b: MemberJson): number {
  const [one, other] = [`${a.company} ${a.replica}`, `${b.company} ${b.replica}`];
  return one < other ? -1 : 1;
}

/** A sentence and a table. */
export function listText({ members, index }: ListJson, paint: Paint): readonly string[] {
  const voters = members.filter(({ role }) => role !== 'learner').length;
  const learners = members.length - voters;
  const leader = members.find(({ role, active }) => role === 'leader' && active === true);
  const sentence = [
    `${count(voters, 'voter')}${learners === 0 ? '' : `, ${count(learners, 'learner')}`}`,
    leader === undefined ? 'no leader was reached' : `${leader.company} leads`,
    `as of index ${index}`,
  ].join('; ');
  const rows = members.map(({ company, replica, address, role, active, matchIndex }) => [
    company,
    replica,
    address === '' ? paint('dim', 'MALHA_PEERS') : address,
    role,
    active === null ? '?' : active ? 'yes' : paint('red', 'no'),
    matchIndex === null ? '?' : String(matchIndex),
  ]);
  const lines = table(['company', 'replica', 'address', 'role', 'heard', 'index'], rows, [5]);
  return [paint(leader === undefined ? 'yellow' : 'green', sentence), '', ...lines];
}

/** What one change came to. */
export interface ChangeJson {
  readonly member: MemberJson | null;
  readonly removed: MemberJson | null;
}

export function changeJson(answer: {
  readonly member?: MemberState | undefined;
  readonly removed?: MemberState | undefined;
}): ChangeJson {
  const { member, removed } = answer;
  return { member: member ? memberJson(member) : null, removed: removed ? memberJson(removed) : null };
}

export function changeText({ member, removed }: ChangeJson, company: string): string {
  const gone = removed === null ? '' : `replica ${removed.replica} is out`;
  if (member === null) return `${company}: ${gone || 'its replica is out'}`;
  const { replica, role, address } = member;
  const place = address === '' ? '' : ` at ${address}`;
  const now = role === 'learner' ? `learns; once it caught up: malha member promote ${company}` : 'votes';
  return `${company}: replica ${replica}${place} ${now}${gone === '' ? '' : `; ${gone}`}`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
