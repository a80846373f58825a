import { describe, expect, it } from 'vitest';
import { followRing, type LogFollowing, type LogItem } from '../../src/observe/log-follower.js';
import { LogRing } from '../../src/observe/log-ring.js';
import { eventually } from '../support/eventually.js';

const BOUNDS = { linesMax: 10, bytesMax: 1_000, lineBytesMax: 200 };

function ringOf(count: number): LogRing {
  const ring = new LogRing('s1', BOUNDS);
  for (let n = 1; n <= count; n += 1) ring.add('info', `{"n":${n}}`);
  return ring;
}

function kept(ring: LogRing): (string | undefined)[] {
  const texts: (string | undefined)[] = [];
  for (let n = ring.oldest; n <= ring.newest; n += 1) texts.push(ring.at(n)?.text);
  return texts;
}

describe('the last lines of a log', () => {
  it('are numbered from 1, without holes, and the oldest go first', () => {
    const empty = ringOf(0);
    expect([empty.oldest, empty.newest, empty.at(0), empty.at(1)]).toEqual([1, 0, undefined, undefined]);

    const ring = ringOf(25);
    expect([ring.oldest, ring.newest]).toEqual([16, 25]);
    expect(kept(ring)).toEqual(Array.from({ length: 10 }, (_, k) => `{"n":${16 + k}}`));
    expect([ring.at(15), ring.at(26)]).toEqual([undefined, undefined]);
  });

  it('are bounded in bytes, too, and the newest is always there', () => {
    const ring = new LogRing('s1', { linesMax: 1_000, bytesMax: 100, lineBytesMax: 90 });
    for (let n = 0; n < 50; n += 1) ring.add('info', 'x'.repeat(30));
    expect(ring.newest - ring.oldest + 1).toBe(3);
    expect(ring.bytes).toBe(90);
    // 45 characters, 90 bytes.
    ring.add('info', 'é'.repeat(45));
    expect([ring.oldest, ring.bytes]).toEqual([ring.newest, 90]);
  });

  it('have a remark in the place of a line that is too long', () => {
    const ring = ringOf(1);
    ring.add('error', `{"stack":"${'x'.repeat(5_000)}"}`);
    const line = ring.at(2)!;
    expect(line.level).toBe('error');
    expect(JSON.parse(line.text)).toMatchObject({
      level: 'error',
      msg: expect.stringContaining('5012 bytes'),
    });
    expect(ring.bytes).toBeLessThan(200);
  });
});

/** A reader that keeps what it took, as short words. */
class Reader {
  readonly words: string[] = [];
  readonly items: LogItem[] = [];
  readonly over = new AbortController();
  readonly ended: Promise<void>;

  constructor(ring: LogRing, following: Partial<LogFollowing> = {}) {
    const whole: LogFollowing = { after: null, least: 'debug', trace: '', tail: 1_000, ...following };
    this.ended = this.#read(ring, whole);
  }

  async #read(ring: LogRing, following: LogFollowing): Promise<void> {
    for await (const item of followRing(ring, following, this.over.signal)) {
      this.items.push(item);
      const { number } = item.position;
      if (item.kind === 'line') this.words.push(String(number));
      else if (item.kind === 'gap') this.words.push(`gap ${item.lines} to ${number}`);
      else this.words.push(`even ${number}`);
    }
  }

  async stop(): Promise<void> {
    this.over.abort();
    await this.ended;
  }
}

describe('a reader of a log', () => {
  it('is told the last lines, that there are no more, and then each that is said', async () => {
    const ring = ringOf(8);
    const reader = new Reader(ring, { tail: 3 });
    await eventually(() => reader.words.length === 4);
    ring.add('info', '{"n":9}');
    ring.add('info', '{"n":10}');
    await eventually(() => reader.words.length === 6);
    expect(reader.words).toEqual(['6', '7', '8', 'even 8', '9', '10']);
    await reader.stop();
    ring.add('info', '{"n":11}');
    expect(reader.words).toHaveLength(6);
  });

  it('goes on behind the line that it names', async () => {
    const reader = new Reader(ringOf(8), { after: { start: 's1', number: 6 } });
    await eventually(() => reader.words.length === 3);
    expect(reader.words).toEqual(['7', '8', 'even 8']);
    await reader.stop();
  });

  it('is told how many lines it missed', async () => {
    const reader = new Reader(ringOf(30), { after: { start: 's1', number: 3 } });
    await eventually(() => reader.words.length === 12);
    expect(reader.words.slice(0, 3)).toEqual(['gap 17 to 20', '21', '22']);
    await reader.stop();
  });

  it('is told that it knew another process, and then all that this one keeps', async () => {
    for (const after of [
      { start: 'other', number: 2 },
      { start: 's1', number: 31 },
    ]) {
      const reader = new Reader(ringOf(30), { after });
      await eventually(() => reader.words.length === 12);
      expect(reader.words.slice(0, 2)).toEqual(['gap null to 20', '21']);
      await reader.stop();
    }
  });

  it('meets a gap, and no queue, when it is slower than the log', async () => {
    const ring = ringOf(0);
    const over = new AbortController();
    const lines = followRing(ring, { after: null, least: 'debug', trace: '', tail: 0 }, over.signal);
    expect((await lines.next()).value).toMatchObject({ kind: 'even' });
    for (let n = 1; n <= 100_000; n += 1) ring.add('info', `{"n":${n}}`);
    expect((await lines.next()).value).toMatchObject({ kind: 'gap', lines: 99_990 });
    expect((await lines.next()).value).toMatchObject({ kind: 'line', text: '{"n":99991}' });
    over.abort();
    await lines.return();
  });

  it('is told the end of what there was, also while more is said than it can read', async () => {
    const ring = ringOf(5);
    const over = new AbortController();
    const kinds: string[] = [];
    for await (const item of followRing(
      ring,
      { after: null, least: 'debug', trace: '', tail: 10 },
      over.signal,
    )) {
      kinds.push(`${item.kind} ${item.position.number}`);
      ring.add('info', '{}');
      ring.add('info', '{}');
      if (item.kind === 'even') over.abort();
    }
    expect(kinds.at(-1)).toMatch(/^even /);
    expect(kinds.length).toBeLessThan(10);
  });

  it('is told only what its filter lets through, and now and then how far it is', async () => {
    const ring = new LogRing('s1', { ...BOUNDS, linesMax: 5_000, bytesMax: 1_000_000 });
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    ring.add('debug', `{"trace":"${trace}"}`);
    ring.add('warn', '{}');
    ring.add('info', `{"trace":"${trace}"}`);
    const byLevel = new Reader(ring, { least: 'info' });
    const byTrace = new Reader(ring, { trace });
    await eventually(() => byLevel.words.length === 3 && byTrace.words.length === 3);
    expect([byLevel.words, byTrace.words]).toEqual([
      ['2', '3', 'even 3'],
      ['1', '3', 'even 3'],
    ]);
    for (let n = 0; n < 1_000; n += 1) ring.add('debug', '{}');
    await eventually(() => byLevel.words.length === 4 && byTrace.words.length === 4);
    expect([byLevel.words[3], byTrace.words[3]]).toEqual(['even 1003', 'even 1003']);
    await Promise.all([byLevel.stop(), byTrace.stop()]);
  });
});
