import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { replicaId } from '../../src/raft/entry.js';
import { decideBootstrap as decide } from '../../src/replica/bootstrap.js';
import type { Introduction } from '../../src/replica/frame.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const decideBootstrap = (self: Introduction, answers: ReadonlyMap<string, Introduction | null>) =>
  decide(self, answers, sha256);

const COMPANIES = ['empresa_a', 'empresa_b', 'empresa_c'];

function empty(company: string, digit: string, peerCompanies = COMPANIES): Introduction {
  const nothing = { cluster: '', founders: [], members: [], membersIndex: 0, understands: 2 };
  return { replica: replicaId(digit.repeat(16)), company, peerCompanies, ...nothing };
}

const a = empty('empresa_a', 'a');
const b = empty('empresa_b', 'b');
const c = empty('empresa_c', 'c');

function answers(...identities: Introduction[]): Map<string, Introduction | null> {
  return new Map(identities.map((identity) => [identity.company, identity]));
}

describe('bootstrap (R9)', () => {
  it('founds the same mesh from every founder’s point of view', () => {
    const decisions = [
      decideBootstrap(a, answers(b, c)),
      decideBootstrap(b, answers(c, a)),
      decideBootstrap(c, answers(a, b)),
    ];
    expect(decisions[0]).toMatchObject({ kind: 'establish', founders: [{ company: 'empresa_a' }, {}, {}] });
    expect(decisions[1]).toEqual(decisions[0]);
    expect(decisions[2]).toEqual(decisions[0]);
  });

  it('founds a mesh of one at once', () => {
    const alone = empty('empresa_a', 'a', ['empresa_a']);
    expect(decideBootstrap(alone, new Map())).toMatchObject({ kind: 'establish' });
  });

  it('waits while a peer is silent', () => {
    const silent = new Map<string, Introduction | null>([
      ['empresa_b', b],
      ['empresa_c', null],
    ]);
    expect(decideBootstrap(a, silent)).toEqual({ kind: 'wait', why: 'no answer yet from empresa_c' });
  });

  it('waits while a peer lists other companies', () => {
    const other = empty('empresa_c', 'c', ['empresa_b', 'empresa_c']);
    expect(decideBootstrap(a, answers(b, other))).toMatchObject({ kind: 'wait' });
  });

  it('joins the mesh that was founded with it, though another founder is silent', () => {
    const founded = decideBootstrap(a, answers(b, c));
    if (founded.kind !== 'establish') throw new Error('not founded');
    const foundedA = { ...a, cluster: founded.cluster, founders: founded.founders };
    const decision = decideBootstrap(c, new Map<string, Introduction | null>([['empresa_a', foundedA]]));
    expect(decision).toEqual(founded);
  });

  it('D5: a wiped disk, which has a new id, waits to be taken in and founds nothing', () => {
    const founded = decideBootstrap(a, answers(b, c));
    if (founded.kind !== 'establish') throw new Error('not founded');
    const foundedA = { ...a, cluster: founded.cluster, founders: founded.founders };
    const wiped = empty('empresa_b', 'd');
    expect(decideBootstrap(wiped, answers(foundedA, c))).toMatchObject({ kind: 'wait' });
    // Even while everybody who knows the mesh is silent but one that was wiped as well.
    expect(decideBootstrap(wiped, new Map([['empresa_c', empty('empresa_c', 'e')]]))).toMatchObject({
      kind: 'wait',
    });
  });

  it('founds nothing beside a mesh whose damaged replica is being replaced, though nobody else remembers it', () => {
    const founders = [a, b, c].map(({ replica: id, company }) => ({ id, company, address: '' }));
    const replacing = { ...empty('empresa_c', 'f'), founders };
    for (const wiped of [empty('empresa_a', 'd'), empty('empresa_b', 'e')]) {
      const other = wiped.company === 'empresa_a' ? empty('empresa_b', 'e') : empty('empresa_a', 'd');
      const decision = decideBootstrap(wiped, answers(other, replacing));
      expect(decision).toEqual({
        kind: 'wait',
        why: 'empresa_c replaces a damaged replica of a mesh that is there',
      });
    }
  });

  it('belongs to a mesh that counts it among its members, though it did not found it', () => {
    const founded = decideBootstrap(a, answers(b, c));
    if (founded.kind !== 'establish') throw new Error('not founded');
    const newcomer = empty('empresa_b', 'd');
    const member = { id: newcomer.replica, company: 'empresa_b', address: 'host:1' };
    const peer = { ...c, ...founded, members: [member], membersIndex: 9, understands: 2 };
    expect(decideBootstrap(newcomer, answers(a, peer))).toEqual(founded);
    // Of that company is not enough: it must be this very replica.
    expect(decideBootstrap(empty('empresa_b', 'e'), answers(a, peer))).toMatchObject({ kind: 'wait' });
  });

  it('waits when two peers are the same company or the same replica', () => {
    const twin = { ...c, replica: b.replica };
    expect(decideBootstrap(a, answers(b, twin))).toMatchObject({ kind: 'wait' });
  });
});
