/**
 * `GET /v1/cluster`: the mesh as this node sees it, always answered locally and at once, also when nobody leads: a node
 * that waits to be taken in cannot count, and says why it waits all the same.
 */
import { z } from 'zod';
import type { Totals } from '../../ledger/query.js';
import { LOG_LEVELS } from '../../observe/log-level.js';
import { Failure } from '../../replica/failure.js';
import type { Mesh } from '../../replica/mesh.js';
import { markRead } from '../marks.js';
import { output } from './named.js';
import { type Route, route } from './route.js';

const MEMBER = z.object({
  replica: z.string(),
  company: z.string(),
  address: z.string().describe("'' for a founder."),
  voter: z.boolean().describe('False for one that only learns.'),
  self: z.boolean(),
  matchIndex: z.number().nullable().describe('Known by the leader only.'),
  active: z.boolean().nullable().describe('Known by the leader only.'),
});

const TOTALS = z.object({
  companies: z.int(),
  points: z.int(),
  pointsByStatus: z.object({
    available: z.int(),
    occupied: z.int(),
    faulted: z.int(),
    offline: z.int(),
    maintenance: z.int(),
  }),
  routes: z.int(),
  openReservations: z.int(),
  holds: z.int().describe('Of the open ones, those that expire unless they are confirmed.'),
  endedReservations: z.int(),
  waits: z.int().describe('Wishes on the waiting list.'),
  notices: z.int().describe('Not acknowledged.'),
  requestKeys: z.int(),
});

const CLUSTER = output(
  'Cluster',
  {
    replica: 'ef86147be6f6abfa',
    company: 'empresa_a',
    cluster: 'f53190d399776fb1',
    role: 'follower',
    term: 2,
    leader: '1a4f209ed61b8dc1',
    leaderCompany: 'empresa_c',
    commitIndex: 31,
    appliedIndex: 31,
    lastIndex: 31,
    digest: '065ed255a0a21a2a087bf0fe2f78fc5b',
    ledgerVersion: 2,
    ledgerTimeMs: 1_795_448_116_042,
    ready: true,
    problems: [],
    logLevel: 'info',
    peers: [],
    totals: null,
  },
  z.object({
    replica: z.string(),
    company: z.string(),
    cluster: z.string().describe("'' while it waits to be taken in."),
    role: z.string(),
    term: z.int(),
    leader: z.string().describe("'' when none is known."),
    leaderCompany: z.string(),
    commitIndex: z.int(),
    appliedIndex: z.int(),
    lastIndex: z.int(),
    digest: z.string().describe('Equal at equal appliedIndex on every node.'),
    ledgerVersion: z.int(),
    ledgerTimeMs: z.number(),
    ready: z.boolean(),
    problems: z.array(z.string()).describe('Why it is not ready.'),
    logLevel: z.enum(LOG_LEVELS).describe('How much this node says.'),
    peers: z.array(MEMBER),
    totals: TOTALS.nullable().describe('Null while it cannot count.'),
  }),
);

const getCluster = route(
  {
    method: 'GET',
    path: '/v1/cluster',
    operationId: 'getCluster',
    tag: 'mesh',
    summary: 'The mesh as this node sees it',
    does: 'local',
    answers: { 200: { description: 'Always from this node alone.', schema: CLUSTER } },
    problems: [],
  },
  async ({ context: { mesh, logs }, reply }) => {
    const counted = await countHere(mesh);
    const status = mesh.status();
    markRead(reply, counted ?? { index: status.appliedIndex, ageMs: 0, stale: false });
    return { ...status, logLevel: logs.level.level(), totals: counted?.reply ?? null };
  },
);

/** The totals of this replica; null while it cannot tell, which must not hide the rest. */
async function countHere(
  mesh: Mesh,
): Promise<{ reply: Totals; index: number; ageMs: number; stale: true } | null> {
  try {
    const answer = await mesh.query({ kind: 'totals' }, { consistency: 'stale', timeoutMs: 0 });
    return { ...answer, stale: true };
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

export const CLUSTER_ROUTES: readonly Route[] = [getCluster];
