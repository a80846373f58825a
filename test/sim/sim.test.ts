/**
 * A sample of the simulation for every run of the tests; `make sim` runs more (docs/testing.md).
 */
import { describe, expect, it } from 'vitest';
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import { NOBODY } from '../../src/raft/entry.js';
import type { Codec, LogSave } from '../../src/replica/ports.js';
import type { Sabotage } from './fleet.js';
import { runSeed } from './run-seed.js';

const MESSAGES = 3_000;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

describe('the deterministic simulation', () => {
  it.each(SEEDS)('seed %i: every invariant holds, and the healed mesh goes on', async (seed) => {
    const report = await runSeed({ seed, messages: MESSAGES });
    expect(report.violation).toBeNull();
    expect(report.delivered).toBeGreaterThanOrEqual(MESSAGES);
  });

  it('replays a seed bit for bit, and another seed is another run', async () => {
    const [one, again, other] = [
      await runSeed({ seed: 42, messages: MESSAGES }),
      await runSeed({ seed: 42, messages: MESSAGES }),
      await runSeed({ seed: 43, messages: MESSAGES }),
    ];
    expect(again).toEqual(one);
    expect(other.hash).not.toBe(one.hash);
  });

  it('is the same run when it is traced', async () => {
    const lines: string[] = [];
    const silent = await runSeed({ seed: 42, messages: MESSAGES });
    const traced = await runSeed({ seed: 42, messages: MESSAGES, print: (line) => lines.push(line) });
    expect(traced).toEqual(silent);
    expect(lines[0]).toContain('seed 42: ');
    expect(lines.length).toBeGreaterThan(MESSAGES / 10);
  });
});

describe('the invariants, with something broken on purpose', () => {
  it('notice disks that forget the vote', async () => {
    const onDisk = (save: LogSave): LogSave =>
      save.hardState === null ? save : { ...save, hardState: { ...save.hardState, vote: NOBODY } };
    expect(await firstViolation({ onDisk })).toBe('a vote is on disk before it is told');
  });

  it('notice a replica that reads another time out of an entry', async () => {
    const late: Codec = {
      ...ledgerCodec,
      decodeEntry: (bytes, index) => {
        const entry = ledgerCodec.decodeEntry(bytes, index);
        return { ...entry, atMs: entry.atMs + 1 };
      },
    };
    const codecOf = (node: number): Codec => (node === 1 ? late : ledgerCodec);
    // Where it is the first to apply the entry, nobody has answered otherwise yet.
    expect(['equal answers everywhere', 'an answer is what the rules say']).toContain(
      await firstViolation({ codecOf }),
    );
  });
});

async function firstViolation(sabotage: Sabotage): Promise<string | undefined> {
  for (const seed of SEEDS) {
    const { violation } = await runSeed({ seed, messages: MESSAGES, sabotage });
    if (violation !== null) return violation.invariant;
  }
  return undefined;
}
