import { describe, expect, it } from 'vitest';
import { type ClusterAnswer, judge, type NodeReport } from '../../src/cli/status/verdict.js';
import type { ReplicaId } from '../../src/raft/entry.js';

const COMPANIES = ['empresa_a', 'empresa_b', 'empresa_c'];

/** What the node of `company` says in a mesh of three led by empresa_b; `active` as a leader would know it. */
function answer(
  company: string,
  changes: Partial<ClusterAnswer> = {},
  active: readonly string[] = COMPANIES,
): ClusterAnswer {
  const leads = company === 'empresa_b';
  return {
    replica: company as ReplicaId,
    company,
    cluster: 'c1',
    role: leads ? 'leader' : 'follower',
    term: 4,
    leader: 'empresa_b' as ReplicaId,
    leaderCompany: 'empresa_b',
    commitIndex: 10,
    appliedIndex: 10,
    lastIndex: 10,
    digest: '',
    ledgerVersion: 1,
    ledgerTimeMs: 0,
    ready: true,
    problems: [],
    peers: COMPANIES.map((peer) => ({
      replica: peer as ReplicaId,
      company: peer,
      address: '',
      voter: true,
      self: peer === company,
      matchIndex: leads ? 10 : null,
      active: leads ? active.includes(peer) : null,
    })),
    totals: null,
    ...changes,
  };
}

function report(
  company: string,
  changes: Partial<ClusterAnswer> = {},
  active?: readonly string[],
): NodeReport {
  return { url: `http://${company}`, status: answer(company, changes, active), fault: '' };
}

function silent(company: string): NodeReport {
  return { url: `http://${company}`, status: null, fault: 'does not answer' };
}

const NO_LEADER = {
  role: 'pre-candidate',
  leader: '',
  leaderCompany: '',
  ready: false,
  problems: ['no leader'],
} as const;

describe('the verdict of malha status', () => {
  it.each([
    [
      'all nodes asked and well',
      COMPANIES.map((company) => report(company)),
      'healthy: 3 of 3 nodes up, can lose 1 more; empresa_b leads',
    ],
    [
      'only the leader asked',
      [report('empresa_b')],
      'healthy: 3 of 3 nodes up, can lose 1 more; empresa_b leads',
    ],
    [
      'only a follower asked',
      [report('empresa_a')],
      'healthy: 3 nodes, of which only empresa_b knows who is up; empresa_b leads',
    ],
    [
      'a node that does not answer',
      [report('empresa_a'), report('empresa_b', {}, ['empresa_a', 'empresa_b']), silent('empresa_c')],
      'degraded: 2 of 3 nodes up, can lose no more; empresa_b leads; http://empresa_c does not answer',
    ],
    [
      'the leader misses a node that was not asked',
      [report('empresa_b', {}, ['empresa_a', 'empresa_b'])],
      'degraded: 2 of 3 nodes up, can lose no more; empresa_b leads',
    ],
    [
      'a node that is behind',
      [report('empresa_b'), report('empresa_c', { ready: false, problems: ['200 entries behind'] })],
      'degraded: 3 of 3 nodes up, can lose 1 more; empresa_b leads; empresa_c is not ready (200 entries behind)',
    ],
    [
      'nobody leads',
      [report('empresa_a', NO_LEADER), silent('empresa_b'), silent('empresa_c')],
      'down: no leader',
    ],
    ['nobody answers', COMPANIES.map(silent), 'down: no node answers (does not answer)'],
  ])('%s', (_, reports, sentence) => {
    const verdict = judge(reports);
    expect(verdict.sentence).toBe(sentence);
    expect(sentence.startsWith(verdict.state)).toBe(true);
  });

  it('believes the newest term when nodes name different leaders', () => {
    const stale = report('empresa_b', { term: 3 });
    const fresh = report('empresa_a', {
      term: 4,
      leader: 'empresa_c' as ReplicaId,
      leaderCompany: 'empresa_c',
    });
    expect(judge([stale, fresh]).leaderCompany).toBe('empresa_c');
  });

  it('does not count learners, and tells of them', () => {
    const peers = answer('empresa_b').peers.map((peer) => ({ ...peer, voter: peer.company !== 'empresa_c' }));
    expect(judge([report('empresa_b', { peers })])).toMatchObject({
      ...{ voters: 2, votersUp: 2, learners: 1, canLose: 0 },
      sentence: 'healthy: 2 of 2 nodes up, can lose no more; empresa_b leads; 1 more learns',
    });
  });
});
