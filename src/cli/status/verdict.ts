/**
 * The health of the mesh, judged from what its nodes say of themselves.
 *
 * - `healthy`: a leader is known and every voter is up, as far as the asked nodes can tell.
 * - `degraded`: it decides, but a voter is missing or behind.
 * - `down`: nobody asked knows a leader.
 */
import type { Totals } from '../../ledger/query.js';
import type { MeshStatus } from '../../replica/mesh.js';

/** `totals` is null while the node cannot count. */
export type ClusterAnswer = MeshStatus & { readonly totals: Totals | null };

/** What asking one node gave. */
export interface NodeReport {
  readonly url: string;
  readonly status: ClusterAnswer | null;
  /** Why there is no status; '' when there is one. */
  readonly fault: string;
}

export interface Verdict {
  readonly state: 'healthy' | 'degraded' | 'down';
  readonly sentence: string;
  /** '' when nobody asked knows one. */
  readonly leaderCompany: string;
  readonly voters: number;
  readonly votersUp: number;
  /** Members that only learn. */
  readonly learners: number;
  /** How many more voters the mesh can lose and still decide; null where only the leader, not asked, knows. */
  readonly canLose: number | null;
}

export function judge(reports: readonly NodeReport[]): Verdict {
  const answers = reports.flatMap((report) => (report.status === null ? [] : [report.status]));
  const newest = answers.reduce<ClusterAnswer | undefined>(
    (best, status) => (status.leader !== '' && status.term > (best?.term ?? 0) ? status : best),
    undefined,
  );
  const members = (newest ?? answers[0])?.peers ?? [];
  const voters = members.filter((peer) => peer.voter).map((peer) => peer.replica);
  const learners = members.length - voters.length;
  if (newest === undefined) {
    const why = answers.length === 0 ? 'no node answers' : 'no leader';
    const problem =
      answers.flatMap((status) => status.problems)[0] ?? reports.find((report) => report.fault)?.fault;
    const sentence = `down: ${why}${problem === undefined || problem === why ? '' : ` (${problem})`}`;
    const up = votersUp(voters, answers, undefined);
    const counts = { voters: voters.length, votersUp: up, learners, canLose: 0 };
    return { state: 'down', sentence, leaderCompany: '', ...counts };
  }

  const leader = answers.find((status) => status.role === 'leader' && status.term === newest.term);
  const up = votersUp(voters, answers, leader);
  const quorum = Math.floor(voters.length / 2) + 1;
  const everyoneKnown = leader !== undefined || up === voters.length;
  const canLose = everyoneKnown ? Math.max(0, up - quorum) : null;
  const troubles = troublesOf(reports);
  const missing = everyoneKnown && up < voters.length;
  const state = missing || troubles.length > 0 ? 'degraded' : 'healthy';
  const facts = [
    canLose === null
      ? `${voters.length} nodes, of which only ${newest.leaderCompany} knows who is up`
      : `${up} of ${voters.length} nodes up, can lose ${canLose === 0 ? 'no' : canLose} more`,
    `${newest.leaderCompany} leads`,
    ...(learners === 0 ? [] : [`${learners} more ${learners === 1 ? 'learns' : 'learn'}`]),
    ...troubles.slice(0, 1),
  ];
  return {
    state,
    sentence: `${state}: ${facts.join('; ')}`,
    leaderCompany: newest.leaderCompany,
    voters: voters.length,
    votersUp: up,
    learners,
    canLose,
  };
}

/** Voters that answered us or that the leader lately heard. */
function votersUp(
  voters: readonly string[],
  answers: readonly ClusterAnswer[],
  leader: ClusterAnswer | undefined,
): number {
  const up = new Set<string>(answers.map((status) => status.replica));
  for (const peer of leader?.peers ?? []) if (peer.active === true) up.add(peer.replica);
  return voters.filter((voter) => up.has(voter)).length;
}

function troublesOf(reports: readonly NodeReport[]): readonly string[] {
  return reports.flatMap(({ url, status, fault }) => {
    if (status === null) return [`${url} ${fault}`];
    return status.ready
      ? []
      : [`${status.company} is not ready (${status.problems.join(', ') || 'no reason given'})`];
  });
}
