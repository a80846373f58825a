import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeJson, changeText, listJson, listText } from '../../src/cli/member/tell.js';
import { paintWith } from '../../src/cli/terminal.js';
import type { MemberState } from '../../src/gen/malha/mesh/v1/member.js';
import { malha } from './malha-process.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'malha-member-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function state(company: string, changes: Partial<MemberState> = {}): MemberState {
  const replicaId = BigInt(company.charCodeAt(company.length - 1));
  const plain = { address: '', voter: true, leader: false, active: true, matchIndex: 42n };
  return { replicaId, company, ...plain, ...changes };
}

describe('malha member', () => {
  it.each([
    [['member', 'ad', 'x'], "malha: unknown command 'ad' (did you mean add?)\n"],
    [['member', 'add'], "malha: missing required argument 'company[=host:port]'\n"],
    [['member', 'list', '--nod', 'x'], "malha: unknown option '--nod' (did you mean --node?)\n"],
    [['member', 'add', 'a=b'], 'malha: member add: must be a company, or company=host:port, got "a=b"\n'],
    [['member', 'remove', 'a=b:1'], 'malha: member remove: must be a company, got "a=b:1"\n'],
    [
      ['member', 'list', '--node', 'x'],
      'malha: --node (flag): must be one or more host:port with commas, got "x"\n',
    ],
    [
      ['member', 'promote', 'a', '--timeout-ms', '0'],
      'malha: --timeout-ms (flag): must be a whole number from 1 to 3600000, got "0"\n',
    ],
  ])('answers %j with one line and exit code 2', async (args, line) => {
    expect(await malha(args, directory)).toEqual({ code: 2, stdout: '', stderr: line });
  });

  it('fails when no node of MALHA_PEERS answers', async () => {
    const env = { MALHA_PEERS: 'empresa_a=127.0.0.1:1' };
    expect(await malha(['member', 'list'], directory, env)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'malha: 127.0.0.1:1 does not answer\n',
    });
    const { stdout } = await malha(['member', 'list', '--json'], directory, env);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'UNAVAILABLE', reason: '' } });
  });
});

describe('what it says', () => {
  const paint = paintWith(false);

  it('of the members: by company, with who leads and who only learns', () => {
    const members = [
      state('empresa_c', { voter: false, address: 'c:9087', active: false, matchIndex: 7n }),
      state('empresa_b', { leader: true }),
      state('empresa_a'),
    ];
    expect(listText(listJson({ members, index: 42n }), paint)).toEqual([
      '2 voters, 1 learner; empresa_b leads; as of index 42',
      '',
      'company    replica           address      role     heard  index',
      'empresa_a  0000000000000061  MALHA_PEERS  voter    yes       42',
      'empresa_b  0000000000000062  MALHA_PEERS  leader   yes       42',
      'empresa_c  0000000000000063  c:9087       learner  no         7',
    ]);
  });

  it('of members that no leader told: what only a leader knows is unknown', () => {
    const members = [
      state('empresa_a', { leader: true, active: false }),
      state('empresa_b', { active: false }),
    ];
    const list = listJson({ members, index: 1n });
    expect(list.members.map(({ active, matchIndex }) => [active, matchIndex])).toEqual([
      [null, null],
      [null, null],
    ]);
    expect(listText(list, paint)[0]).toBe('2 voters; no leader was reached; as of index 1');
  });

  it('of a change: who learns, votes, and is out', () => {
    const member = state('empresa_d', { voter: false, address: 'd:1' });
    const removed = state('empresa_e');
    expect(changeText(changeJson({ member }), 'empresa_d')).toBe(
      'empresa_d: replica 0000000000000064 at d:1 learns; once it caught up: malha member promote empresa_d',
    );
    expect(changeText(changeJson({ member: state('empresa_d'), removed }), 'empresa_d')).toBe(
      'empresa_d: replica 0000000000000064 votes; replica 0000000000000065 is out',
    );
    expect(changeText(changeJson({ removed }), 'empresa_e')).toBe(
      'empresa_e: replica 0000000000000065 is out',
    );
    expect(changeText(changeJson({}), 'empresa_e')).toBe('empresa_e: its replica is out');
  });
});
