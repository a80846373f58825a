/**
 * MemberService: who is in the mesh, and how that changes. Any node takes the calls; the leader carries them out.
 *
 * A replica is taken in only once the leader has asked it who it is, at the address where the others shall find it: the
 * company must be the one that was named, and the replica one that waits, or is the member that it was asked for before.
 */
import { type handleUnaryCall, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { replicaIdFromFixed64 } from '../codec/uint64.js';
import type { ListMembersResponse, MemberServiceServer, MemberState } from '../gen/malha/mesh/v1/member.js';
import type { Logger } from '../observe/logger.js';
import { Failure } from '../replica/failure.js';
import type { Introduction, Member } from '../replica/frame.js';
import type { MemberOutcome, MemberRequest, Members, Newcomer } from '../replica/member-requests.js';
import { atLeader, type LeaderCall, type LeaderWorld } from './at-leader.js';
import { CallFailure, toStatus } from './call-failure.js';
import { type MemberCallOptions, type MemberClient, PASSED_ON } from './member-client.js';
import { checked, failed, goneState, listState, refused, stateIn } from './member-messages.js';

/** For a caller that sets no deadline. */
const TIMEOUT_MS = 30_000;

/** How long a newcomer has to say who it is. */
const IDENTIFY_TIMEOUT_MS = 2_000;

/** How long a list may wait for the leader, who knows more, before this node tells what it knows itself. */
const LIST_TIMEOUT_MS = 1_000;

export interface MemberServiceOptions extends LeaderWorld {
  /** Of the replica, once it runs. */
  readonly members: () => Members | null;
  /** Asks whoever listens at an address who it is; rejects with a Failure. */
  readonly identifyAt: (peer: Place, timeoutMs: number) => Promise<Introduction>;
  /** Where the settings say that a company is. */
  readonly addressOfCompany: (company: string) => string | undefined;
  readonly logger: Logger;
}

type Done = Extract<MemberOutcome, { readonly kind: 'done' }>;

interface Place {
  readonly company: string;
  /** host:port, or '' where none was given. */
  readonly address: string;
}

/** How one call asks for a change: here, and of the leader. */
interface Change<Request, Response> {
  readonly make: (request: Request & Place) => Promise<MemberRequest>;
  readonly answer: (done: Done) => Response;
  readonly passOn: (
    leader: MemberClient,
    request: Request & Place,
    options: MemberCallOptions,
  ) => Promise<Response>;
}

export class MemberService {
  readonly #options: MemberServiceOptions;

  constructor(options: MemberServiceOptions) {
    this.#options = options;
  }

  implementation(): MemberServiceServer {
    return {
      listMembers: this.#handler((call) => this.#list(call)),
      addMember: this.#changing({
        make: async (request) => ({ kind: 'add', member: await this.#meet(request) }),
        answer: ({ member }) => ({ member: this.#stateOf(member) }),
        passOn: (leader, request, options) => leader.add(request, options),
      }),
      promoteMember: this.#changing({
        make: async ({ company }) => ({ kind: 'promote', company }),
        answer: ({ member }) => ({ member: this.#stateOf(member) }),
        passOn: (leader, { company }, options) => leader.promote(company, options),
      }),
      removeMember: this.#changing({
        make: async ({ company }) => ({ kind: 'remove', company }),
        answer: ({ removed }) => ({ removed: goneState(removed) }),
        passOn: (leader, { company }, options) => leader.remove(company, options),
      }),
      replaceMember: this.#changing({
        make: async (request) => {
          const lost = replicaIdFromFixed64(request.lostReplicaId);
          return { kind: 'replace', member: await this.#meet(request), lost: lost === '' ? null : lost };
        },
        answer: ({ member, removed }) => ({ member: this.#stateOf(member), removed: goneState(removed) }),
        passOn: (leader, request, options) => leader.replace(request, options),
      }),
    };
  }

  /** A call that changes members, wherever the leader is. */
  #changing<Request extends { readonly company: string; readonly address?: string }, Response>(
    change: Change<Request, Response>,
  ): handleUnaryCall<Request, Response> {
    return this.#handler(async (call) => {
      const request = checked(call.request);
      const { company, address = '' } = request;
      const fields = { call: call.getPath(), peer: call.getPeer(), company, address };
      this.#options.logger.info(fields, 'a change of members is asked for');
      return atLeader(this.#options, {
        ...termsOf(call),
        here: async (timeoutMs) => change.answer(await this.#change(() => change.make(request), timeoutMs)),
        there: (leader, options) => change.passOn(leader, request, options),
      });
    });
  }

  /** Answers with what `run` resolves with; what it rejects with becomes a status. */
  #handler<Request, Response>(
    run: (call: ServerUnaryCall<Request, Response>) => Promise<Response>,
  ): handleUnaryCall<Request, Response> {
    return (call, callback) => {
      run(call).then(
        (response) => callback(null, response),
        (error: unknown) => {
          this.#note(call, error);
          callback(toStatus(error));
        },
      );
    };
  }

  #note(call: ServerUnaryCall<unknown, unknown>, error: unknown): void {
    const { logger } = this.#options;
    const fields = { call: call.getPath(), peer: call.getPeer() };
    if (error instanceof CallFailure) {
      logger.info(
        { ...fields, reason: error.reason, why: error.message },
        'a question of members was refused',
      );
    } else {
      logger.error({ ...fields, err: error }, 'a question of members failed');
    }
  }

  async #list(call: ServerUnaryCall<object, ListMembersResponse>): Promise<ListMembersResponse> {
    const terms = termsOf(call);
    try {
      return await atLeader(this.#options, {
        ...terms,
        deadlineMs: Math.min(terms.deadlineMs, Date.now() + LIST_TIMEOUT_MS),
        here: async () => this.#listHere(),
        there: (leader, options) => leader.list(options),
      });
    } catch (error) {
      if (terms.passedOn || this.#options.members() === null) throw error;
      return this.#listHere();
    }
  }

  #listHere(): ListMembersResponse {
    return listState(this.#members().list());
  }

  #members(): Members {
    const members = this.#options.members();
    if (members === null) throw new CallFailure(status.UNAVAILABLE, 'NO_MESH', 'this node is starting');
    return members;
  }

  /** Asks the replica of a company who it is: where it is given, or else where it may be. Rejects with a CallFailure. */
  async #meet({ company, address }: Place): Promise<Newcomer> {
    const noted = this.#members()
      .list()
      .members.filter((member) => member.company === company);
    const known = [this.#options.addressOfCompany(company) ?? '', ...noted.map((member) => member.address)];
    const places = address === '' ? new Set(known.filter((place) => place !== '')) : [address];
    let failure: unknown = null;
    for (const place of places) {
      try {
        return await this.#meetAt({ company, address: place });
      } catch (error) {
        failure ??= error;
      }
    }
    const message = `no address is known for ${company}: give one, as ${company}=host:port`;
    throw failure ?? new CallFailure(status.INVALID_ARGUMENT, 'NO_ADDRESS', message);
  }

  async #meetAt({ company, address }: Place): Promise<Newcomer> {
    const { identifyAt, status: look } = this.#options;
    const found = await identifyAt({ company, address }, IDENTIFY_TIMEOUT_MS).catch(() => {
      const message = `no node answers at ${address}, where that of ${company} is said to be: start it first`;
      throw new CallFailure(status.FAILED_PRECONDITION, 'NOT_REACHED', message);
    });
    if (found.company !== company) {
      const message = `the node at ${address} is of company ${found.company}, not of ${company}`;
      throw new CallFailure(status.FAILED_PRECONDITION, 'OTHER_COMPANY', message);
    }
    const { cluster } = look();
    if (found.cluster !== '' && found.cluster !== cluster) {
      const message = `the node at ${address} belongs to mesh ${found.cluster}, not to ${cluster}`;
      throw new CallFailure(status.FAILED_PRECONDITION, 'OTHER_MESH', message);
    }
    return {
      id: found.replica,
      company,
      address,
      waits: found.cluster === '',
      understands: found.understands,
    };
  }

  async #change(make: () => Promise<MemberRequest>, timeoutMs: number): Promise<Done> {
    const deadlineMs = Date.now() + timeoutMs;
    const request = await make();
    const outcome = await this.#members()
      .change(request, { timeoutMs: Math.max(1, deadlineMs - Date.now()) })
      .catch((error: unknown) => {
        throw error instanceof Failure ? failed(error) : error;
      });
    if (outcome.kind === 'done') return outcome;
    throw refused(outcome);
  }

  #stateOf(member: Member | null): MemberState | undefined {
    return stateIn(this.#members().list(), member);
  }
}

/** How long the caller waits, and whether it is another node. */
function termsOf(
  call: ServerUnaryCall<unknown, unknown>,
): Pick<LeaderCall<unknown>, 'deadlineMs' | 'passedOn'> {
  const deadlineMs = Number(call.getDeadline());
  return {
    deadlineMs: Number.isFinite(deadlineMs) ? deadlineMs : Date.now() + TIMEOUT_MS,
    passedOn: call.metadata.get(PASSED_ON).length > 0,
  };
}
