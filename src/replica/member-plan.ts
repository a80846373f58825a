/**
 * The next step from the present configuration to the one that a request asks for. Pure: the same facts give the same
 * step, and who has begun may be followed by another leader that goes on (member-requests.ts).
 *
 * 1. Nothing is proposed whose configuration could not decide at once: a majority of its voters, and of the outgoing
 *    ones, was heard lately.
 * 2. No learner votes before it holds the state and nearly everything that is committed (C25).
 * 3. A leader that shall go hands leadership on first, so that the mesh is not without one.
 */
import { changeConfig, isJoint } from '../raft/config-changer.js';
import type { ConfigChange, ConfigState, MemberChange, ReplicaId } from '../raft/entry.js';
import type { Member } from './frame.js';
import type { MemberOutcome, MemberRefusal, MemberRequest, Newcomer } from './member-requests.js';
import { tooOldFor } from './versions.js';

/** Committed entries that a learner may lack and still become a voter. */
export const PROMOTE_LAG_ENTRIES_MAX = 1_000;

export interface MemberFacts {
  readonly self: ReplicaId;
  readonly config: ConfigState;
  /** Who runs the replicas of `config`. */
  readonly members: readonly Member[];
  /** Who went last of a company, as far as it is remembered. */
  readonly lastOf: (company: string) => Member | null;
  readonly commitIndex: number;
  /** The ledger version that the mesh runs, or is about to. */
  readonly ledgerVersion: number;
  /** The last index that a member is known to hold. */
  readonly matchIndex: (id: ReplicaId) => number;
  /** Whether a replica was heard within an election time-out, and since the request was made; true for this one. */
  readonly heardLately: (id: ReplicaId) => boolean;
}

export type Step =
  | MemberOutcome
  /** Not yet, and not for ever: if nothing changes until the deadline, this is why. */
  | { readonly kind: 'wait'; readonly reason: MemberRefusal; readonly why: string }
  | Proposal;

export interface Proposal {
  readonly kind: 'propose';
  readonly changes: readonly MemberChange[];
  /** Who the replicas are that come with it. */
  readonly note: readonly Member[];
  /** Not while this replica leads, if another one can: it is about to go. */
  readonly asFollower: boolean;
}

/** The next step towards `request`. For leaders. */
export function nextStep(request: MemberRequest, facts: MemberFacts): Step {
  if (isJoint(facts.config)) return wait('pending-change', 'another change of members is under way');
  switch (request.kind) {
    case 'add':
      return add(request.member, facts);
    case 'promote':
      return promote(request.company, facts);
    case 'remove':
      return remove(request.company, facts);
    case 'replace':
      return replace(request.member, request.lost, facts);
  }
}

function add({ waits, understands, ...member }: Newcomer, facts: MemberFacts): Step {
  const present = facts.members.find(({ id }) => id === member.id);
  if (present !== undefined) {
    if (present.company !== member.company) return othersReplica(present);
    if (member.address === '' || member.address === present.address) return done(present, null);
    return propose(facts, [{ kind: 'update', id: member.id }], [member]);
  }
  const [other] = ofCompany(facts, member.company);
  if (other !== undefined) {
    const why = `${member.company} has the replica ${other.id} in the mesh: replace it, or remove it first`;
    return refuse('already-member', why);
  }
  if (!waits) return notWaiting(member);
  const tooOld = tooOldFor(facts.ledgerVersion, understands);
  if (tooOld !== null) return refuse('too-old', tooOld);
  return propose(facts, [{ kind: 'add-learner', id: member.id }], [member]);
}

function promote(company: string, facts: MemberFacts): Step {
  const own = ofCompany(facts, company);
  const learners = own.filter(({ id }) => !votes(facts, id));
  const voter = own.find(({ id }) => votes(facts, id));
  if (own.length === 0) return unknown(company);
  if (learners.length === 0) return done(voter!, null);
  if (voter !== undefined) {
    const why = `${company} votes by ${voter.id}: its learner ${learners[0]!.id} can only replace it`;
    return refuse('not-learner', why);
  }
  const [learner, ...stale] = learners.sort((a, b) => facts.matchIndex(b.id) - facts.matchIndex(a.id));
  const lag = lagOf(learner!, facts);
  if (lag !== null) return refuse('lagging', lag);
  return propose(facts, [{ kind: 'add-voter', id: learner!.id }, ...removals(stale)], []);
}

function remove(company: string, facts: MemberFacts): Step {
  const own = ofCompany(facts, company);
  const gone = facts.lastOf(company);
  if (own.length === 0)
    return gone === null ? unknown(company) : { kind: 'done', member: null, removed: gone };
  return propose(facts, removals(own), [], own);
}

function replace(
  { waits, understands, ...member }: Newcomer,
  lost: ReplicaId | null,
  facts: MemberFacts,
): Step {
  const present = facts.members.find(({ id }) => id === member.id);
  if (present !== undefined && present.company !== member.company) return othersReplica(present);
  const own = ofCompany(facts, member.company);
  const others = own.filter(({ id }) => id !== member.id);
  // The other one is gone: by the change that put this one in its place, or by a removal meanwhile.
  if (present !== undefined && others.length === 0) return done(present, facts.lastOf(member.company));
  if (others.length === 0) return unknown(member.company);
  if (lost !== null && others.every(({ id }) => id !== lost)) {
    return refuse('not-the-one', `${lost} is no member: ${member.company} has ${others[0]!.id} in the mesh`);
  }
  if (present === undefined) {
    if (!waits) return notWaiting(member);
    const tooOld = tooOldFor(facts.ledgerVersion, understands);
    if (tooOld !== null) return refuse('too-old', tooOld);
    return propose(facts, [{ kind: 'add-learner', id: member.id }], [member], others);
  }
  const lag = lagOf(present, facts);
  if (lag !== null) return wait('lagging', lag);
  // A learner takes the place of a learner, a voter that of a voter.
  const voter = others.some(({ id }) => votes(facts, id));
  const changes = [...(voter ? [{ kind: 'add-voter', id: member.id } as const] : []), ...removals(others)];
  return propose(facts, changes, [], others);
}

/** `leaving`: who is on the way out, now or by a later step. */
function propose(
  facts: MemberFacts,
  changes: readonly MemberChange[],
  note: readonly Member[],
  leaving: readonly Member[] = [],
): Step {
  const outcome = changeConfig(facts.config, changeOf(changes, new Uint8Array(0)));
  if (outcome.kind === 'refused') {
    const why = 'it is the only voter: without it there is no mesh';
    if (outcome.reason === 'no-voter-left') return refuse('sole-voter', why);
    throw new Error(`bug: a change of members that makes no sense: ${outcome.reason}`);
  }
  const { voters, votersOutgoing } = outcome.config;
  for (const half of [voters, votersOutgoing]) {
    const silent = half.filter((id) => !facts.heardLately(id));
    if (silent.length * 2 < half.length || half.length === 0) continue;
    const names = silent.map((id) => nameOf(id, facts)).join(', ');
    const why = `too few of the ${half.length} that would vote were heard lately: not ${names}`;
    return refuse('would-lose-quorum', why);
  }
  return { kind: 'propose', changes, note, asFollower: leaving.some(({ id }) => id === facts.self) };
}

/** A change of members as consensus takes it: joint where more than one changes, and then left by itself. */
export function changeOf(changes: readonly MemberChange[], context: Uint8Array): ConfigChange {
  return { changes, transition: 'auto', context };
}

/** Why a learner cannot vote yet, in words; null when it can. */
function lagOf({ id, company }: Member, facts: MemberFacts): string | null {
  const matchIndex = facts.matchIndex(id);
  const lag = facts.commitIndex - matchIndex;
  if (!facts.heardLately(id)) return `the learner ${id} of ${company} was not heard lately`;
  if (matchIndex === 0) return `the learner ${id} of ${company} has not got the state yet`;
  if (lag <= PROMOTE_LAG_ENTRIES_MAX) return null;
  return `the learner ${id} of ${company} lacks ${lag} entries, more than ${PROMOTE_LAG_ENTRIES_MAX}`;
}

function ofCompany({ members }: MemberFacts, company: string): Member[] {
  return members.filter((member) => member.company === company);
}

function votes({ config }: MemberFacts, id: ReplicaId): boolean {
  return config.voters.includes(id);
}

function removals(members: readonly Member[]): readonly MemberChange[] {
  return members.map(({ id }) => ({ kind: 'remove', id }));
}

function nameOf(id: ReplicaId, { members }: MemberFacts): string {
  return members.find((member) => member.id === id)?.company || id;
}

function done(member: Member, removed: Member | null): Step {
  return { kind: 'done', member, removed };
}

function refuse(reason: MemberRefusal, why: string): Step {
  return { kind: 'refused', reason, why };
}

function wait(reason: MemberRefusal, why: string): Step {
  return { kind: 'wait', reason, why };
}

function unknown(company: string): Step {
  return refuse('unknown-company', `${company} has no replica in the mesh`);
}

function notWaiting({ id, company }: Member): Step {
  const why = `the replica ${id} of ${company} belongs to a mesh: give its node a new directory`;
  return refuse('not-waiting', why);
}

function othersReplica({ id, company }: Member): Step {
  return refuse('already-member', `the replica ${id} is in the mesh for ${company}`);
}
