/**
 * Asks nodes for `GET /v1/cluster`.
 */
import { z } from 'zod';
import type { ClusterAnswer, NodeReport } from './verdict.js';

const ASK_TIMEOUT_MS = 2_000;

/** What `status` and `demo` read of the answer; a node of another version may say more. */
const clusterAnswer = z.looseObject({
  replica: z.string(),
  company: z.string(),
  role: z.string(),
  term: z.number(),
  leader: z.string(),
  leaderCompany: z.string(),
  commitIndex: z.number(),
  appliedIndex: z.number(),
  ready: z.boolean(),
  problems: z.array(z.string()),
  peers: z.array(
    z.looseObject({
      replica: z.string(),
      company: z.string(),
      voter: z.boolean(),
      active: z.boolean().nullable(),
    }),
  ),
  totals: z.looseObject({ openReservations: z.number(), endedReservations: z.number() }).nullable(),
});

/** Asks all at once; a node that does not answer is a report with a fault. */
export function askNodes(
  urls: readonly string[],
  timeoutMs = ASK_TIMEOUT_MS,
): Promise<readonly NodeReport[]> {
  return Promise.all(urls.map((url) => askNode(url, timeoutMs)));
}

async function askNode(url: string, timeoutMs: number): Promise<NodeReport> {
  try {
    const response = await fetch(`${url}/v1/cluster`, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) return { url, status: null, fault: `answers ${response.status}` };
    const parsed = clusterAnswer.safeParse(await response.json());
    if (!parsed.success) return { url, status: null, fault: 'is not a malha node' };
    return { url, status: parsed.data as unknown as ClusterAnswer, fault: '' };
  } catch (error) {
    return { url, status: null, fault: faultOf(error, timeoutMs) };
  }
}

function faultOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `does not answer within ${timeoutMs} ms`;
  if (error instanceof SyntaxError) return 'is not a malha node';
  const { cause } = error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return code === 'ECONNREFUSED' ? 'does not answer' : `cannot be asked: ${code || error.message}`;
}
