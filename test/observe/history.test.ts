import { mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVERY_MS, History } from '../../src/observe/history/history.js';
import { Ring } from '../../src/observe/history/ring.js';
import { SERIES } from '../../src/observe/history/series.js';
import type { Logger } from '../../src/observe/logger.js';
import { Families } from '../../src/observe/metrics/families.js';

const BEGIN_MS = 1_800_000_000_000;
const ROW_BYTES = (1 + SERIES.length) * 8 + 4;

let dataDir: string;
let nowMs: number;
let said: string[];
let timers: { readonly delayMs: number; readonly run: () => void }[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'malha-history-'));
  nowMs = BEGIN_MS;
  said = [];
  timers = [];
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const logger: Logger = {
  debug: (_, message) => said.push(`debug ${message}`),
  info: (_, message) => said.push(`info ${message}`),
  warn: (_, message) => said.push(`warn ${message}`),
  error: (_, message) => said.push(`error ${message}`),
};

/** A node whose term is `term.now`, and whose metrics fail while `term.fails`. */
function begin(term = { now: 1, fails: false }): History {
  const registry = new Registry();
  const gauge = new Families(registry).gauge('malha_raft_term', 'The term.');
  const lookUp = async () => {
    if (term.fails) throw new Error('switched to fail');
    gauge.set(term.now);
  };
  return new History({
    ...{ dataDir, logger, sampled: { registry, lookUp }, wallMs: () => nowMs },
    after(delayMs, run) {
      timers.push({ delayMs, run });
      return () => {};
    },
  });
}

const file = () => join(dataDir, 'history', 'ring');

function terms(history: History, samples: number, fromMs = BEGIN_MS): readonly (number | null)[] {
  return history.read('term', { fromMs, toMs: fromMs + samples * EVERY_MS, stepMs: EVERY_MS });
}

/** Samples `values` at one moment after the other. */
async function sampled(values: readonly number[]): Promise<void> {
  const term = { now: 0, fails: false };
  const history = begin(term);
  await history.start();
  for (const now of values) {
    term.now = now;
    await history.sample();
    nowMs += EVERY_MS;
  }
  await history.stop();
}

describe('the built-in history', () => {
  it('samples every ten seconds, a little behind the moment', async () => {
    nowMs = BEGIN_MS + 2_500;
    const term = { now: 7, fails: false };
    const history = begin(term);
    await history.start();
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([7_550]);
    nowMs += 7_550;
    timers[0]!.run();
    await history.stop();
    expect(terms(history, 3)).toEqual([null, 7, null]);
    // One that is stopped begins no other.
    expect(timers.length).toBe(1);
  });

  it('tells what it cannot know as null', async () => {
    const history = begin();
    await history.start();
    await history.sample();
    expect(
      history.read('losses_tolerated', { fromMs: BEGIN_MS, toMs: BEGIN_MS + EVERY_MS, stepMs: EVERY_MS }),
    ).toEqual([null]);
    expect(terms(history, 2)).toEqual([1, null]);
    await history.stop();
  });

  it('goes on when a sample fails', async () => {
    const term = { now: 1, fails: true };
    const history = begin(term);
    await history.start();
    await history.sample();
    term.fails = false;
    nowMs += EVERY_MS;
    await history.sample();
    await history.stop();
    expect(terms(history, 2)).toEqual([null, 1]);
    expect(said).toContain('debug the history has no sample of this moment');
  });

  it('means what lies in a step', async () => {
    await sampled([1, 2, 6]);
    const history = begin();
    await history.start();
    const span = { fromMs: BEGIN_MS, toMs: BEGIN_MS + 6 * EVERY_MS, stepMs: 3 * EVERY_MS };
    expect(history.read('term', span)).toEqual([3, null]);
    await history.stop();
  });

  it('is there again after a restart, and goes on', async () => {
    await sampled([1, 2]);
    await sampled([3]);
    const history = begin();
    await history.start();
    expect(terms(history, 4)).toEqual([1, 2, 3, null]);
    await history.stop();
    expect(said).toEqual([]);
  });

  it('is one file of fixed size, however long it goes on, and keeps the last six hours', async () => {
    const history = begin();
    const kept = history.keptMs / EVERY_MS;
    await sampled(Array.from({ length: kept + 100 }, (_, k) => k));
    expect((await stat(file())).size).toBe(4_096 + kept * ROW_BYTES);
    await history.start();
    expect(terms(history, 1, BEGIN_MS + 99 * EVERY_MS)).toEqual([null]);
    expect(terms(history, 2, BEGIN_MS + 100 * EVERY_MS)).toEqual([100, 101]);
    expect(terms(history, 2, nowMs - EVERY_MS)).toEqual([kept + 99, null]);
    await history.stop();
  });

  it('loses only the sample that is torn or changed on disk', async () => {
    await sampled([1, 2, 3]);
    const bytes = await readFile(file());
    const at = bytes.length - 2 * ROW_BYTES;
    const handle = await open(file(), 'r+');
    await handle.write(Buffer.from([bytes[at + 20]! ^ 1]), 0, 1, at + 20);
    await handle.truncate(bytes.length - 3);
    await handle.close();
    const history = begin();
    await history.start();
    expect(terms(history, 3)).toEqual([1, null, null]);
    await history.stop();
  });

  it.each([
    ['is of another version', (bytes: Buffer) => bytes.fill('x', 8, 20)],
    ['is cut short', (bytes: Buffer) => bytes.subarray(0, 100)],
    ['is empty', (bytes: Buffer) => bytes.subarray(0, 0)],
  ])('is thrown away and begun anew when its file %s', async (_, damage) => {
    await sampled([1, 2]);
    await writeFile(file(), damage(await readFile(file())));
    await sampled([3]);
    expect(said).toEqual(['info the history of this node begins anew']);
    const history = begin();
    await history.start();
    expect(terms(history, 3)).toEqual([null, null, 3]);
    await history.stop();
  });

  it('is kept in memory alone, and says so once, where it cannot be written', async () => {
    await mkdir(file(), { recursive: true });
    const history = begin();
    await history.start();
    await history.sample();
    nowMs += EVERY_MS;
    await history.sample();
    expect(terms(history, 2)).toEqual([1, 1]);
    await history.stop();
    expect(said).toEqual(['warn the history of this node cannot be kept on disk']);
  });

  it('forgets nothing that is newer when the clock goes back, and shows it at its time', async () => {
    await sampled([1, 2, 3]);
    nowMs = BEGIN_MS + EVERY_MS;
    await sampled([9]);
    const history = begin();
    await history.start();
    expect(terms(history, 3)).toEqual([1, 9, 3]);
    await history.stop();
  });
});

describe('the ring', () => {
  it('shows a row at its own moment alone', () => {
    const ring = new Ring({ width: 1, length: 3, everyMs: 10 });
    ring.put({ atMs: 100, values: Float64Array.of(5) });
    const span = { fromMs: 70, toMs: 160, stepMs: 10 };
    expect(ring.means(0, span)).toEqual([null, null, null, 5, null, null, null, null, null]);
    ring.put({ atMs: 130, values: Float64Array.of(6) });
    expect(ring.means(0, span)).toEqual([null, null, null, null, null, null, 6, null, null]);
  });
});
