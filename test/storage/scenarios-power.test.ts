/**
 * D7: the power goes at any moment of a process's life, on a disk that keeps in memory what was not synced. What the
 * process had acknowledged by then is there.
 */
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ledgerCodec } from '../../src/codec/ledger-codec.js';
import { SILENT } from '../../src/observe/logger.js';
import { openLedger } from '../../src/replica/open-replica.js';
import { LevelStateStore } from '../../src/storage/level-state-store.js';
import { copyOf, freshDirectory, freshPath, openLog } from './fixture.js';
import { traced, translate, whyNoTrace } from './traced-process.js';
import { TRACE_OPTIONS, WriteBackDisk } from './write-back-disk.js';

/** What may be there of what was not synced: nothing, all, or by chance only that of some files. */
const KEPT: readonly (readonly [string, (path: string) => boolean])[] = [
  ['nothing that was not synced', () => false],
  ['everything', () => true],
  ['the mark and not the log', (path) => basename(path) === 'mark'],
  ['the log and not the mark', (path) => basename(path) !== 'mark'],
];

describe('a disk that loses power (D7)', () => {
  let why: string | null = null;
  beforeAll(async () => {
    why = await whyNoTrace();
  });

  describe('under a log', () => {
    let program: Awaited<ReturnType<typeof translate>> | null = null;
    beforeAll(async () => {
      if (why === null) program = await translate('save-loop.ts');
    });
    afterAll(async () => {
      await program?.remove();
    });

    it('leaves every acknowledged save, whole, whatever else was written by then', async (context) => {
      if (why !== null) context.skip(why);
      const steps = [
        'vote=2',
        'sync=3',
        'unsynced=1',
        'replace=1',
        'sync=2',
        'replace=2',
        'vote=1',
        'sync=1',
      ];
      const directory = await freshDirectory();
      const image = await copyOf(directory);
      const { trace, output } = await traced(TRACE_OPTIONS, program!.path, [directory, ...steps]);
      const states = statesAfter(output.map((line) => line.replace('saved ', '')));
      const disk = await WriteBackDisk.holding(image, directory);
      let moments = 0;
      for (const _ of disk.play(trace)) {
        moments += 1;
        const saves = disk.output.split('\n').length - 1;
        const possible = [states[saves]!, states[saves + 1] ?? states[saves]!];
        for (const [kept, keeps] of KEPT) {
          const left = await freshPath();
          await disk.leave(left, keeps);
          const log = await openLog(left);
          const { term, vote } = log.hardState();
          const entries = log.entries(1, log.lastIndex() + 1, Number.MAX_SAFE_INTEGER);
          const where = `after ${saves} saves, with ${kept}`;
          // Term and vote may be those of the save under way before its entries are there: nobody was told yet.
          expect(
            possible.map(({ promise }) => promise),
            where,
          ).toContain(`${term} ${vote}`);
          expect(
            possible.map(({ terms }) => terms),
            where,
          ).toContainEqual(entries.map((each) => each.term));
          await log.close();
          await rm(left, { recursive: true });
        }
      }
      expect(disk.output.split('\n')).toHaveLength(states.length);
      expect(moments).toBeGreaterThan(4 * output.length);
    });
  });

  describe('under a whole replica', () => {
    let program: Awaited<ReturnType<typeof translate>> | null = null;
    beforeAll(async () => {
      if (why === null) program = await translate('answer-loop.ts');
    });
    afterAll(async () => {
      await program?.remove();
    });

    it('leaves every answered request, at every point of every turn', async (context) => {
      if (why !== null) context.skip(why);
      const directory = await freshDirectory();
      const image = await copyOf(directory);
      const { trace, output } = await traced(TRACE_OPTIONS, program!.path, [directory, '8']);
      expect(output).toHaveLength(8);
      const disk = await WriteBackDisk.holding(image, directory);
      let checked = 0;
      for (const _ of disk.play(trace)) {
        const answered = disk.output.split('\n').slice(0, -1);
        for (const [kept, keeps] of KEPT) {
          const left = await freshPath();
          await disk.leave(left, keeps);
          const found = await answersIn(left);
          for (const line of answered) {
            const [, key, index] = line.split(' ');
            expect(found.get(key!), `${line}, with ${kept}`).toBe(Number(index));
            checked += 1;
          }
          await rm(left, { recursive: true });
        }
      }
      expect(checked).toBeGreaterThan(200);
    });
  });
});

/** The index of the entry that each request key is answered by, as a replica finds it that starts from `directory`. */
async function answersIn(directory: string): Promise<ReadonlyMap<string, number>> {
  const log = await openLog(directory);
  const state = await LevelStateStore.open(directory, { logger: SILENT });
  try {
    const ledger = await openLedger(log, state, SILENT);
    const first = Math.max(ledger.appliedIndex + 1, log.firstIndex());
    for (const { index, term, payload } of log.entries(first, log.lastIndex() + 1, Number.MAX_SAFE_INTEGER)) {
      if (payload.kind === 'command') ledger.apply(ledgerCodec.decodeEntry(payload.data, index), term);
      else ledger.skip(index, term);
    }
    const keys = Array.from({ length: 8 }, (_, k) => `key-${k}`);
    return new Map(
      keys.flatMap((key) => {
        const record = ledger.answerFor('car-1', key);
        return record === undefined ? [] : [[key, record.answer.index]];
      }),
    );
  } finally {
    await state.close();
    await log.close();
  }
}

interface State {
  readonly promise: string;
  readonly terms: readonly number[];
}

/** What the log holds before the first of the program's saves and after each. */
function statesAfter(saves: readonly string[]): readonly State[] {
  let [term, vote, terms] = [0, '', [] as readonly number[]];
  const states: State[] = [{ promise: `${term} ${vote}`, terms }];
  for (const save of saves) {
    if (save === 'vote' || save === 'replace') [term, vote] = [term + 1, '000000000000000a'];
    if (save === 'sync') terms = [...terms, term];
    if (save === 'replace') terms = [...terms.slice(0, -1), term];
    states.push({ promise: `${term} ${vote}`, terms });
  }
  return states;
}
