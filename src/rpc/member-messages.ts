/**
 * MemberService's messages to and from what the mesh says of its members.
 */
import { status } from '@grpc/grpc-js';
import { replicaIdToFixed64, toUint64 } from '../codec/uint64.js';
import type { ListMembersResponse, MemberState } from '../gen/malha/mesh/v1/member.js';
import type { Failure } from '../replica/failure.js';
import type { Member } from '../replica/frame.js';
import type { MemberList, MemberOutcome, MemberRefusal, MemberView } from '../replica/member-requests.js';
import { CallFailure } from './call-failure.js';

const COMPANY = /^[A-Za-z0-9_.-]{1,64}$/;
const ADDRESS = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):(\d{1,5})$/;

type Refused = Extract<MemberOutcome, { readonly kind: 'refused' }>;

/** Which code and reason tells a refusal. */
const REFUSALS: Readonly<Record<MemberRefusal, { readonly code: status; readonly reason: string }>> = {
  'not-leader': { code: status.UNAVAILABLE, reason: 'NOT_LEADER' },
  'pending-change': { code: status.ABORTED, reason: 'PENDING_CHANGE' },
  'unknown-company': { code: status.NOT_FOUND, reason: 'UNKNOWN_COMPANY' },
  'already-member': { code: status.ALREADY_EXISTS, reason: 'ALREADY_MEMBER' },
  'not-waiting': { code: status.FAILED_PRECONDITION, reason: 'NOT_WAITING' },
  'too-old': { code: status.FAILED_PRECONDITION, reason: 'TOO_OLD' },
  'not-learner': { code: status.FAILED_PRECONDITION, reason: 'NOT_LEARNER' },
  'not-the-one': { code: status.FAILED_PRECONDITION, reason: 'NOT_THE_ONE' },
  lagging: { code: status.FAILED_PRECONDITION, reason: 'LAGGING' },
  'would-lose-quorum': { code: status.FAILED_PRECONDITION, reason: 'WOULD_LOSE_QUORUM' },
  'sole-voter': { code: status.FAILED_PRECONDITION, reason: 'SOLE_VOTER' },
};

/** What a failure of the moment says over gRPC. */
export function failed({ code, message }: Failure): CallFailure {
  switch (code) {
    case 'UNAVAILABLE':
      return new CallFailure(status.UNAVAILABLE, 'UNAVAILABLE', message);
    case 'RESOURCE_EXHAUSTED':
      return new CallFailure(status.RESOURCE_EXHAUSTED, 'BUSY', message);
    case 'DEADLINE_EXCEEDED':
      return new CallFailure(status.DEADLINE_EXCEEDED, 'OUTCOME_UNKNOWN', message);
  }
}

/** What a refusal says over gRPC. */
export function refused({ reason, why }: Refused): CallFailure {
  const { code, reason: name } = REFUSALS[reason];
  return new CallFailure(code, name, why);
}

/** A request whose company and address could be some; throws a CallFailure for any other. */
export function checked<Request extends { readonly company: string; readonly address?: string }>(
  request: Request,
): Request & { readonly address: string } {
  const { company, address = '' } = request;
  if (!COMPANY.test(company)) {
    throw new CallFailure(
      status.INVALID_ARGUMENT,
      'BAD_REQUEST',
      'a company is 1 to 64 of A-Z a-z 0-9 _ . -',
    );
  }
  const port = Number(ADDRESS.exec(address)?.[1] ?? 0);
  if (address !== '' && (port < 1 || port > 65_535)) {
    const message = `an address is host:port with a port up to 65535, not ${JSON.stringify(address)}`;
    throw new CallFailure(status.INVALID_ARGUMENT, 'BAD_REQUEST', message);
  }
  return { ...request, address };
}

export function listState({ members, index }: MemberList): ListMembersResponse {
  return { members: members.map(memberState), index: toUint64(index) };
}

function memberState({ id, company, address, voter, leader, active, matchIndex }: MemberView): MemberState {
  const facts = { company, address, voter, leader, active };
  return { replicaId: replicaIdToFixed64(id), ...facts, matchIndex: toUint64(matchIndex) };
}

/** Of who is no member any more. */
export function goneState(member: Member | null): MemberState | undefined {
  if (member === null) return undefined;
  return memberState({ ...member, voter: false, leader: false, active: false, matchIndex: 0 });
}

/** The state of `member` in `list`; undefined where it is not in it. */
export function stateIn({ members }: MemberList, member: Member | null): MemberState | undefined {
  const found = members.find(({ id }) => id === member?.id);
  return found === undefined ? undefined : memberState(found);
}
