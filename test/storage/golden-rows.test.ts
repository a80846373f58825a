/**
 * The exact bytes of every record of the log database, of the mark and of the identity. They lie on disks for ever:
 * when a line of this file must change, the format has changed and needs a new version byte.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Entry, type Payload, replicaId } from '../../src/raft/entry.js';
import { readIdentity, type StoredIdentity, writeIdentity } from '../../src/storage/identity-file.js';
import { anchorAt, baseRow, entryKey, entryRow, hardStateRow } from '../../src/storage/log-rows.js';
import { createMarkFile, MarkFile } from '../../src/storage/mark-file.js';
import { metaRow } from '../../src/storage/state-rows.js';

const A = replicaId('0123456789abcdef');
const B = replicaId('fedcba9876543210');

const entry = (payload: Payload): Entry => ({ index: 258, term: 7, payload });

describe('records on disk have the bytes that they had when the first one was written', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'malha-golden-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  it('keys of entries', () => {
    expect(entryKey(258).toString('hex')).toBe('650000000000000102');
  });

  it.each<[string, Payload, string]>([
    ['no-op', { kind: 'no-op' }, '01598a96300000000000000007deadbeef08820210071a00'],
    [
      'command',
      { kind: 'command', data: Buffer.from('trip') },
      '01b19173490000000000000007deadbeef0882021007220474726970',
    ],
    [
      'config',
      {
        kind: 'config',
        change: {
          changes: [
            { kind: 'add-voter', id: A },
            { kind: 'remove', id: B },
          ],
          transition: 'joint-implicit',
          context: Buffer.from([1, 2]),
        },
      },
      '01e316417c0000000000000007deadbeef08820210072a200a0b080111efcdab89674523010a0b0803111032547698badcfe10021a020102',
    ],
  ])('entries: %s', (_name, payload, golden) => {
    expect(entryRow(entryKey(258), entry(payload), 0xdeadbeef).row.toString('hex')).toBe(golden);
  });

  it('the hard state', () => {
    expect(hardStateRow({ term: 7, vote: A, commit: 258 }).toString('hex')).toBe(
      '010570db8e00000000000000070123456789abcdef0000000000000102',
    );
  });

  it('the base', () => {
    const config = {
      voters: [A],
      learners: [B],
      votersOutgoing: [B],
      learnersNext: [B],
      autoLeave: true,
    };
    const row = baseRow({ snapshot: { index: 258, term: 7, config }, anchor: anchorAt(258, 7) });
    expect(row.toString('hex')).toBe(
      '01e1e158d500000000000001020000000000000007b3eb9d4e0a08efcdab896745230112081032547698badcfe1a081032547698badcfe22081032547698badcfe2801',
    );
  });

  it('the meta of a state', () => {
    const config = { voters: [A], learners: [B], votersOutgoing: [], learnersNext: [], autoLeave: false };
    const facts = { appliedIndex: 258, appliedTerm: 7, nowMs: 1, ledgerVersion: 1, digest: 'ab' };
    const members = [{ id: A, company: 'empresa_a', address: 'a:1' }];
    const text = metaRow({ ...facts, config, members }).toString('latin1');
    expect(Buffer.from(text.slice(0, 6), 'latin1').toString('hex')).toBe('0120c7e51c03');
    expect(text.slice(6)).toBe(
      `{"appliedIndex":258,"appliedTerm":7,"nowMs":1,"ledgerVersion":1,"digest":"ab","config":{"voters":["${A}"],"learners":["${B}"],"votersOutgoing":[],"learnersNext":[],"autoLeave":false},"members":[{"id":"${A}","company":"empresa_a","address":"a:1"}]}`,
    );
  });

  it('the mark: two slots, each in a block of its own, the newer one alternating', async () => {
    const path = join(directory, 'mark');
    await createMarkFile(path);
    const mark = await MarkFile.open(path);
    await mark.write({ term: 7, vote: A, confirmedIndex: 258, confirmedTerm: 6 });
    await mark.close();
    const bytes = await readFile(path);
    const slots = [bytes.subarray(0, 45), bytes.subarray(4096, 4096 + 45)].map((slot) =>
      slot.toString('hex'),
    );
    expect(slots).toEqual([
      '01a7ef0875000000000000000200000000000000070123456789abcdef00000000000001020000000000000006',
      '01a86323d600000000000000010000000000000000000000000000000000000000000000000000000000000000',
    ]);
  });

  it('the identity', async () => {
    const path = join(directory, 'identity.json');
    const identity = {
      replica: A,
      company: 'empresa_a',
      cluster: 'c'.repeat(16),
      founders: [
        { id: A, company: 'empresa_a', address: '' },
        { id: B, company: 'empresa_b', address: '' },
      ],
    };
    await writeIdentity(path, identity);
    expect(JSON.parse(await readFile(path, 'utf8')).crc32).toBe('89794c33');
    expect(await readIdentity(path)).toEqual(identity);
  });

  it('the identity of a replica that takes the place of another, or is being recovered', async () => {
    const path = join(directory, 'identity.json');
    const identity = { replica: A, company: 'empresa_a', cluster: 'c'.repeat(16), founders: [] };
    const goldens: readonly (readonly [StoredIdentity, string])[] = [
      [{ ...identity, replaces: B }, 'b33fb247'],
      [{ ...identity, recovering: true }, '605fc670'],
    ];
    for (const [stored, golden] of goldens) {
      await writeIdentity(path, stored);
      const { crc32, ...content } = JSON.parse(await readFile(path, 'utf8'));
      expect(content).toEqual({ version: 1, ...stored });
      expect(crc32).toBe(golden);
      expect(await readIdentity(path)).toEqual(stored);
    }
  });
});
