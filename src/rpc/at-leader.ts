/**
 * Carries a request out where the leader is: here, or passed on to it, once. While leadership moves it looks again, until
 * the caller's time is over: requests say where the mesh shall get to, so one that was lost half-way is asked for anew.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { ReplicaId } from '../raft/entry.js';
import type { MeshStatus } from '../replica/mesh.js';
import { CallFailure } from './call-failure.js';
import { type MemberCallOptions, MemberClient } from './member-client.js';

const LOOK_AGAIN_MS = 50;

/** What is left of the caller's time is cut by so much, lest the answer come too late. */
const ANSWER_MS = 100;

export interface LeaderWorld {
  readonly status: () => MeshStatus;
  /** host:port of the gRPC server of a replica that is reached now. */
  readonly addressOf: (replica: ReplicaId) => string | undefined;
}

/** What a caller wants. */
export interface LeaderCall<Response> {
  /** Milliseconds since 1970. */
  readonly deadlineMs: number;
  /** Whether another node passed it on: then it is carried out here or not at all. */
  readonly passedOn: boolean;
  /** Rejects with a CallFailure; `NOT_LEADER` where this replica leads no more. */
  readonly here: (timeoutMs: number) => Promise<Response>;
  readonly there: (client: MemberClient, options: MemberCallOptions) => Promise<Response>;
}

/** Rejects with a CallFailure: that of the leader, or why none was found. */
export async function atLeader<Response>(world: LeaderWorld, call: LeaderCall<Response>): Promise<Response> {
  let last: CallFailure | null = null;
  for (;;) {
    const leftMs = call.deadlineMs - ANSWER_MS - Date.now();
    if (leftMs <= 0) throw outOfTime(last);
    const { role, leader, cluster, problems } = world.status();
    if (cluster === '') throw new CallFailure(status.UNAVAILABLE, 'NO_MESH', problems.join('; '));
    try {
      if (role === 'leader') return await call.here(leftMs);
      if (call.passedOn) throw new CallFailure(status.UNAVAILABLE, 'NOT_LEADER', 'this node does not lead');
      const address = leader === '' ? undefined : world.addressOf(leader);
      if (address !== undefined) return await passOn(world, call, { leader, address, leftMs });
    } catch (error) {
      if (!(error instanceof CallFailure) || call.passedOn || !mayGoOn(error)) throw error;
      last = error;
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Whether another try, here or at another leader, may come to an end. */
function mayGoOn({ code, reason }: CallFailure): boolean {
  if (reason === 'NOT_LEADER' || reason === 'OUTCOME_UNKNOWN') return true;
  // Nobody answered, or the call was given up here.
  return reason === '' && (code === status.UNAVAILABLE || code === status.CANCELLED);
}

async function passOn<Response>(
  { status: look }: LeaderWorld,
  { there }: LeaderCall<Response>,
  { leader, address, leftMs }: { leader: ReplicaId | ''; address: string; leftMs: number },
): Promise<Response> {
  const client = new MemberClient(address);
  const stop = new AbortController();
  // A leader that stands still answers nothing, also when there is another one.
  const watch = setInterval(() => {
    if (look().leader !== leader) stop.abort();
  }, LOOK_AGAIN_MS);
  try {
    return await there(client, { timeoutMs: leftMs, passedOn: true, signal: stop.signal });
  } finally {
    clearInterval(watch);
    client.close();
  }
}

function outOfTime(last: CallFailure | null): CallFailure {
  if (last === null || last.reason === 'NOT_LEADER') {
    return new CallFailure(
      status.UNAVAILABLE,
      'NO_LEADER',
      'no leader was found in time: nothing was changed',
    );
  }
  if (last.reason === 'OUTCOME_UNKNOWN') return last;
  const message = `no answer came from the leader (${last.message}): ask again to go on`;
  return new CallFailure(status.DEADLINE_EXCEEDED, 'OUTCOME_UNKNOWN', message);
}
