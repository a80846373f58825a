import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/ledger/command.js';
import type { Answer } from '../../src/ledger/result.js';
import type { Failure } from '../../src/replica/failure.js';
import type { Submission } from '../../src/replica/mesh.js';
import { Submissions } from '../../src/replica/submissions.js';

const ELECTION = 1_000;

function submissions(waitersMax = 10): Submissions {
  return new Submissions({
    waitersMax,
    electionMs: ELECTION,
    retryMax: 2,
    retryBaseMs: 50,
    retryCapMs: 400,
    random: () => 0,
    fingerprint: (operation) => JSON.stringify(operation),
  });
}

function submission(requestKey: string, pointId = '1'): Submission {
  return {
    door: 'rest',
    holder: 'car-1',
    requestKey,
    keyKind: 'client',
    traceId: '0'.repeat(32),
    operation: { kind: 'release', pointIds: [pointId], mode: 'any' },
  };
}

function applied(of: Submission, notAfterMs = 9_000): Command {
  // As after a trip through the log: equal, not identical.
  const copy = structuredClone(of);
  return { ...copy, ledgerVersion: 1, originCompany: 'empresa_a', notAfterMs };
}

/** Sends a first copy of whatever is new. */
function propose(list: Submissions, notAfterMs = 9_000): void {
  for (const waiter of list.takeFresh()) list.sent(waiter, notAfterMs, 0, 0);
}

const OK: Answer = { index: 5, atMs: 1, result: { kind: 'released', pointIds: [] } };
const TOO_LATE: Answer = {
  index: 4,
  atMs: 1,
  result: { kind: 'refused', reason: 'TOO_LATE', conflicts: [], detail: '' },
};

async function outcome(answer: Promise<Answer>): Promise<Answer | string> {
  return Promise.race([
    answer.catch((failure: Failure) => failure.code),
    new Promise<string>((resolve) => setImmediate(() => resolve('waiting'))),
  ]);
}

describe('submissions', () => {
  it('answers every waiter of a key from the one applied entry', async () => {
    const list = submissions();
    const one = list.submit(submission('k'), 5_000, 0);
    const two = list.submit(submission('k'), 5_000, 0);
    propose(list);
    list.applied(applied(submission('k')), OK);
    expect(await outcome(one)).toEqual(OK);
    expect(await outcome(two)).toEqual(OK);
    expect(list.waiting).toBe(0);
  });

  it('does not answer a waiter with the entry of another command under the same key', async () => {
    const list = submissions();
    const mine = list.submit(submission('k', '1'), 5_000, 0);
    propose(list);
    list.applied(applied(submission('k', '2')), OK);
    expect(await outcome(mine)).toBe('waiting');
    list.applied(applied(submission('k', '1')), OK);
    expect(await outcome(mine)).toEqual(OK);
  });

  it('tells "nothing was proposed" when nothing was, or when every copy was refused', async () => {
    const list = submissions();
    const never = list.submit(submission('a'), 100, 0);
    const refused = list.submit(submission('b'), 100, 0);
    const busy = list.submit(submission('c'), 100, 0);
    const [, second, third] = list.takeFresh();
    list.refused(list.sent(second!, 9_000, 0, 0), 'not-leader', 0);
    list.refused(list.sent(third!, 9_000, 0, 0), 'busy', 0);
    list.expire(100);
    expect(await outcome(never)).toBe('UNAVAILABLE');
    expect(await outcome(refused)).toBe('UNAVAILABLE');
    expect(await outcome(busy)).toBe('RESOURCE_EXHAUSTED');
  });

  it('S6: tells "outcome unknown", with the key, once a copy may be in a log', async () => {
    const list = submissions();
    const answer = list.submit(submission('k'), 100, 0);
    const failed = answer.catch((failure: Failure) => failure);
    const [waiter] = list.takeFresh();
    list.sent(waiter!, 9_000, 0, 0);
    list.refused(list.sent(waiter!, 9_000, 10, 0), 'not-leader', 10);
    list.expire(100);
    expect(await failed).toMatchObject({ code: 'DEADLINE_EXCEEDED', requestKey: 'k' });
  });

  it('proposes again every election time-out and on a leader change, a bounded number of times', () => {
    const list = submissions();
    void list.submit(submission('k'), 60_000, 0).catch(() => {});
    const waiter = list.takeFresh()[0]!;
    list.sent(waiter, 1, 0, 0);
    expect(list.takeDue(ELECTION - 1)).toHaveLength(0);
    expect(list.takeDue(ELECTION)).toEqual([waiter]);
    list.sent(waiter, 1, ELECTION, 0);
    expect(list.takeDue(ELECTION + 1)).toHaveLength(0);
    list.leaderChanged();
    expect(list.takeDue(ELECTION + 1)).toEqual([waiter]);
    list.sent(waiter, 1, ELECTION + 1, 0);
    list.leaderChanged();
    expect(list.takeDue(1_000_000)).toHaveLength(0);
  });

  it('backs off after refusals, up to the cap', () => {
    const list = submissions();
    void list.submit(submission('k'), 60_000, 0).catch(() => {});
    const waiter = list.takeFresh()[0]!;
    let now = 0;
    const waits: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      list.notTaken(waiter, 'not-leader', now);
      waits.push(waiter.nextTryAtMs - now);
      now = waiter.nextTryAtMs;
    }
    expect(waits).toEqual([25, 50, 100, 200, 200, 200]);
  });

  it('does not take an older copy’s lateness for the outcome while a newer copy is out', async () => {
    const list = submissions();
    const answer = list.submit(submission('k'), 5_000, 0);
    const [waiter] = list.takeFresh();
    list.sent(waiter!, 1_000, 0, 0);
    list.sent(waiter!, 2_000, 0, 0);
    list.applied(applied(submission('k'), 1_000), TOO_LATE);
    expect(await outcome(answer)).toBe('waiting');
    list.applied(applied(submission('k'), 2_000), TOO_LATE);
    expect(await outcome(answer)).toEqual(TOO_LATE);
  });

  it('takes nobody’s lateness for the outcome of a request that was not yet proposed', async () => {
    // As a replica that starts replays it: an old attempt came too late, a later one in time.
    const list = submissions();
    const answer = list.submit(submission('k'), 5_000, 0);
    list.applied(applied(submission('k'), 1_000), TOO_LATE);
    expect(await outcome(answer)).toBe('waiting');
    propose(list);
    list.applied(applied(submission('k'), 2_000), OK);
    expect(await outcome(answer)).toEqual(OK);
  });

  it('does not answer with what the ledger had forgotten when the request was first proposed', async () => {
    const list = submissions();
    const day = 24 * 3_600_000;
    const answer = list.submit(submission('k'), 5_000, 0);
    list.sent(list.takeFresh()[0]!, day + 5_000, 0, day + 1);
    list.applied(applied(submission('k'), 1_000), OK);
    expect(await outcome(answer)).toBe('waiting');
    const again: Answer = { ...OK, index: 9, atMs: day + 2 };
    list.applied(applied(submission('k'), day + 5_000), again);
    expect(await outcome(answer)).toEqual(again);
  });

  it.each(['KEY_REUSED', 'TOO_MANY_KEYS', 'VERSION_NOT_RAISED'] as const)(
    'does not take %s, which the ledger does not keep, for the outcome while a newer copy is out',
    async (reason) => {
      const list = submissions();
      const answer = list.submit(submission('k'), 5_000, 0);
      const [waiter] = list.takeFresh();
      list.sent(waiter!, 1_000, 0, 0);
      list.sent(waiter!, 2_000, 0, 0);
      const refusal: Answer = { ...TOO_LATE, result: { kind: 'refused', reason, conflicts: [], detail: '' } };
      list.applied(applied(submission('k'), 1_000), refusal);
      expect(await outcome(answer)).toBe('waiting');
      list.applied(applied(submission('k'), 2_000), OK);
      expect(await outcome(answer)).toEqual(OK);
    },
  );

  it('does not answer a request under a node’s key with a client’s command under the same', async () => {
    const list = submissions();
    const mine = list.submit({ ...submission('k', '1'), keyKind: 'node' }, 5_000, 0);
    propose(list);
    list.applied(applied(submission('k', '2')), OK);
    expect(await outcome(mine)).toBe('waiting');
    list.applied(applied({ ...submission('k', '1'), keyKind: 'node' }), OK);
    expect(await outcome(mine)).toEqual(OK);
  });

  it('never proposes a request whose caller was told that it was not', async () => {
    const list = submissions();
    const late = list.submit(submission('a'), 100, 0);
    list.expire(100);
    expect(await outcome(late)).toBe('UNAVAILABLE');
    expect(list.takeFresh()).toHaveLength(0);
    void list.submit(submission('c'), 100, 100).catch(() => {});
    list.expire(200);
    expect(list.takeDue(200)).toHaveLength(0);
  });

  it('does not say "nothing was proposed" when one leader refuses what another may have taken', async () => {
    const list = submissions();
    const answer = list.submit(submission('k'), 5_000, 0);
    const [waiter] = list.takeFresh();
    list.sent(waiter!, 1_000, 0, 0);
    list.refused(list.sent(waiter!, 2_000, 0, 0), 'invalid', 0);
    expect(await outcome(answer)).toBe('waiting');
    list.expire(5_000);
    expect(await outcome(answer)).toBe('DEADLINE_EXCEEDED');
    const never = list.submit(submission('n'), 5_000, 0);
    list.refused(list.sent(list.takeFresh()[0]!, 2_000, 0, 0), 'invalid', 0);
    expect(await outcome(never)).toBe('UNAVAILABLE');
  });

  it('turns requests away when too many wait', async () => {
    const list = submissions(1);
    void list.submit(submission('a'), 5_000, 0).catch(() => {});
    expect(await outcome(list.submit(submission('b'), 5_000, 0))).toBe('RESOURCE_EXHAUSTED');
  });
});
