import { describe, expect, test } from 'vitest';
import { type ConfigState, replicaId } from '../../src/raft/entry.js';
import type { Member } from '../../src/replica/frame.js';
import { MemberBook } from '../../src/replica/member-book.js';

const [A, B, C] = ['a', 'b', 'c'].map((digit) => replicaId(digit.repeat(16))) as [never, never, never];

function configOf(...voters: Member['id'][]): ConfigState {
  return { voters, learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
}

function member(id: Member['id'], address = ''): Member {
  return { id, company: `empresa_${id[0]}`, address };
}

describe('the book of members', () => {
  test('begins with what the state knew; what is walked again says nothing new', () => {
    const book = new MemberBook(90, configOf(A, B), [member(A), member(B, 'new:2')]);
    book.changed(50, configOf(A), []);
    book.changed(60, configOf(A, B), [member(B, 'old:1')]);
    book.changed(90, configOf(A, B), [member(B, 'old:1')]);
    expect([book.members, book.index]).toEqual([[member(A), member(B, 'new:2')], 90]);
    book.changed(91, configOf(A, B), [member(B, 'newer:3')]);
    expect([book.get(B), book.index]).toEqual([member(B, 'newer:3'), 91]);
  });

  test('names who is in a half of the configuration, and nobody else', () => {
    const founders = [member(A), member(B), member(C)];
    const book = new MemberBook(1, configOf(A, B), founders);
    expect(book.members).toEqual([member(A), member(B)]);
    book.changed(2, { ...configOf(A), votersOutgoing: [A, B], learners: [C], autoLeave: true }, []);
    expect(book.members).toEqual([member(A), member(B), { id: C, company: '', address: '' }]);
    book.changed(3, { ...configOf(A), learners: [C] }, [member(B), member(C)]);
    expect(book.members).toEqual([member(A), member(C)]);
    expect(new MemberBook(0, configOf(), founders).isEmpty).toBe(true);
  });

  test('remembers who went last of a company, and not too many', () => {
    const book = new MemberBook(1, configOf(A, B), [member(A), member(B)]);
    expect(book.lastOf('empresa_b')).toBeUndefined();
    book.restart(9, configOf(A), [member(A)]);
    expect(book.lastOf('empresa_b')).toEqual(member(B));
    for (let k = 0; k < 64; k += 1) {
      const id = replicaId(k.toString(16).padStart(16, '1'));
      book.changed(10 + 2 * k, configOf(A, id), [{ id, company: `company-${k}`, address: '' }]);
      book.changed(11 + 2 * k, configOf(A), []);
    }
    expect(book.lastOf('empresa_b')).toBeUndefined();
    expect(book.lastOf('company-63')).toMatchObject({ company: 'company-63' });
  });
});
