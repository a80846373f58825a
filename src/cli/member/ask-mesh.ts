/**
 * Asks the mesh by any of its nodes: the first one that answers, and another one when that goes away half-way.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { ListMembersResponse } from '../../gen/malha/mesh/v1/member.js';
import { CallFailure } from '../../rpc/call-failure.js';
import { type MemberCallOptions, MemberClient } from '../../rpc/member-client.js';

/** How long a node may take to say who is a member before another one is asked. */
const LIST_TIMEOUT_MS = 2_500;

/** Before a node is looked for again that takes the call. */
const PAUSE_MS = 100;

/** What a node told of the members. */
export interface Listing {
  /** host:port of the node. */
  readonly node: string;
  readonly list: ListMembersResponse;
}

/**
 * Asks `nodes`, in order, for the members, until one of them knows. Rejects with the CallFailure of the first one when none
 * does within `timeoutMs`.
 */
export async function listMembers(nodes: readonly string[], timeoutMs: number): Promise<Listing> {
  const giveUpAtMs = performance.now() + timeoutMs;
  const failures: CallFailure[] = [];
  for (const node of nodes) {
    const leftMs = giveUpAtMs - performance.now();
    if (leftMs <= 0) break;
    try {
      const list = await at(node, (client) => client.list({ timeoutMs: Math.min(leftMs, LIST_TIMEOUT_MS) }));
      return { node, list };
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      const { code, reason, message } = error;
      failures.push(new CallFailure(code, reason, `${node} ${reason === '' ? 'does not answer' : message}`));
    }
  }
  // Who answered knows more than who did not.
  const told = failures.find(({ reason }) => reason !== '') ?? failures[0];
  throw told ?? new CallFailure(status.DEADLINE_EXCEEDED, '', 'no time is left to ask');
}

/**
 * Calls the mesh, which answers the same to who asks again. Rejects with the CallFailure that it answered, or with why
 * none of `nodes` could be asked within `timeoutMs`.
 */
export async function callMesh<Response>(
  nodes: readonly string[],
  timeoutMs: number,
  call: (client: MemberClient, options: MemberCallOptions) => Promise<Response>,
): Promise<Response> {
  const giveUpAtMs = performance.now() + timeoutMs;
  for (;;) {
    const { node } = await listMembers(nodes, giveUpAtMs - performance.now());
    const leftMs = giveUpAtMs - performance.now();
    try {
      return await at(node, (client) => call(client, { timeoutMs: leftMs }));
    } catch (error) {
      // What carries a reason is an answer; a connection that broke is none.
      const broke = error instanceof CallFailure && error.reason === '' && error.code === status.UNAVAILABLE;
      if (!broke || giveUpAtMs <= performance.now()) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

async function at<Response>(
  address: string,
  call: (client: MemberClient) => Promise<Response>,
): Promise<Response> {
  const client = new MemberClient(address);
  try {
    return await call(client);
  } finally {
    client.close();
  }
}
