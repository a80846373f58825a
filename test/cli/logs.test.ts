import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inOrderOfTime, type LogEvent, logEventOf } from '../../src/cli/logs/log-events.js';
import { logStream } from '../../src/cli/logs/log-stream.js';
import { shownText } from '../../src/cli/logs/show.js';
import { readEvents } from '../../src/cli/logs/sse-reader.js';
import { paintWith } from '../../src/cli/terminal.js';
import { freePort } from '../support/free-ports.js';
import { LogGateway } from '../support/log-gateway.js';
import { run } from './captured.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('malha logs', () => {
  let gateway: LogGateway;
  beforeEach(async () => {
    gateway = await LogGateway.open();
    gateway.say('empresa_a', { time: '2026-11-24T10:00:00.100Z', trace: TRACE, msg: 'first' });
    gateway.say('empresa_b', { time: '2026-11-24T10:00:00.200Z', trace: TRACE, msg: 'second' }, 'debug');
    gateway.say('empresa_a', { time: '2026-11-24T10:00:00.300Z', index: 7, msg: 'third' }, 'warn');
  });
  afterEach(() => gateway.app.close());

  it('shows the lines of all nodes in order of time', async () => {
    expect(await run('logs', '--node', gateway.url)).toEqual({
      code: 0,
      stdout: [
        `empresa_a 10:00:00 info  first  trace=${TRACE}`,
        `empresa_b 10:00:00 debug second  trace=${TRACE}`,
        'empresa_a 10:00:00 warn  third  index=7',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  it('filters, and prints JSON for programs', async () => {
    const { stdout } = await run(
      'logs',
      '--node',
      gateway.url,
      '--json',
      '--level',
      'INFO',
      '--trace',
      TRACE,
    );
    expect(JSON.parse(stdout)).toMatchObject({ event: 'line', company: 'empresa_a', number: 1 });
    const ofB = await run('logs', '--node', gateway.url, '--company', 'empresa_b');
    expect(ofB.stdout.trim().split('\n')).toHaveLength(1);
    expect((await run('logs', '--node', gateway.url, '--tail', '0')).stdout).toBe('');
  });

  it('says which node cannot be reached, and exits 1', async () => {
    gateway.lines.set('empresa_b', null);
    const { code, stdout } = await run('logs', '--node', gateway.url);
    expect(code).toBe(1);
    expect(stdout).toContain('empresa_b -- it cannot be reached: it does not answer\n');
    expect(stdout).toContain('third');
  });

  it('asks the next node when the first is silent, and says when none answers', async () => {
    const silent = `http://127.0.0.1:${await freePort()}`;
    const asked = await run('logs', '--node', `${silent},${gateway.url}`, '--level', 'warn');
    expect([asked.code, asked.stdout]).toEqual([0, 'empresa_a 10:00:00 warn  third  index=7\n']);
    expect(asked.stderr).toBe(`malha: ${silent} does not answer\n`);
    expect(await run('logs', '--node', silent)).toEqual({
      ...{ code: 1, stdout: '', stderr: `malha: ${silent} does not answer\n` },
    });
  });

  it('tells what is wrong with a question, and refuses what makes no sense', async () => {
    const refused = await run('logs', '--node', gateway.url, '--trace', 'x');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('answers 400: trace: must be 32 lower-case hex digits');
    const wrong = await run('logs', '--level', 'loud');
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      'malha: --level (flag): must be one of debug, info, warn, error, got "loud"\n',
    ]);
  });

  it('follows from where it was when a node breaks off', async () => {
    const other = await LogGateway.open();
    // Both nodes show the same lines.
    for (const [company, ring] of gateway.lines) other.lines.set(company, ring);
    const lost: string[] = [];
    const question = { nodes: [gateway.url, other.url], follow: true, query: {} };
    const stream = logStream(question, (why) => lost.push(why));
    const told: LogEvent[] = [];
    while (told.length < 3) told.push((await stream.next()).value as LogEvent);
    await gateway.app.close();
    gateway.say('empresa_b', { msg: 'fourth' });
    told.push((await stream.next()).value as LogEvent);
    await stream.return();
    await other.app.close();
    expect(told.map((event) => event.event === 'line' && event.line.msg).sort()).toEqual([
      ...['first', 'fourth', 'second', 'third'],
    ]);
    expect(lost).toHaveLength(1);
  });

  it('says and changes how much nodes say', async () => {
    expect((await run('logs', 'level', '--node', gateway.url)).stdout).toBe(`${gateway.url} info\n`);
    const changed = await run('logs', 'level', 'Debug', '--node', gateway.url, '--json');
    expect(JSON.parse(changed.stdout)).toEqual({ node: gateway.url, level: 'debug' });
    expect(gateway.level).toBe('debug');
    const silent = `http://127.0.0.1:${await freePort()}`;
    const half = await run('logs', 'level', 'warn', '--node', `${silent},${gateway.url}`);
    expect([half.code, half.stdout, gateway.level]).toEqual([1, `${gateway.url} warn\n`, 'warn']);
    expect(half.stderr).toBe(`malha: ${silent} does not answer\n`);
    expect((await run('logs', 'level', 'loud', '--node', gateway.url)).code).toBe(2);
  });
});

describe('lines of several nodes', () => {
  const line = (company: string, number: number, time: string): LogEvent => ({
    ...{ event: 'line', company, number, line: { time } },
  });

  it('are shown in order of time, and never out of order for one node', () => {
    const events = [
      line('a', 1, '2026-11-24T10:00:05Z'),
      line('a', 2, '2026-11-24T10:00:01Z'),
      line('b', 1, '2026-11-24T10:00:02Z'),
      line('b', 2, '2026-11-24T10:00:06Z'),
    ];
    const shown = inOrderOfTime(events).map(
      (event) => `${event.company}${event.event === 'line' && event.number}`,
    );
    expect(shown).toEqual(['b1', 'a1', 'a2', 'b2']);
  });

  it('are told apart from gaps, and from nodes that come and go', () => {
    const paint = paintWith(false);
    const shown = (event: LogEvent): string => shownText(event, paint, 9);
    expect(shown({ event: 'gap', company: 'empresa_a', lines: 1 })).toBe('empresa_a -- 1 line is left out');
    expect(shown({ event: 'gap', company: 'a', lines: 12 })).toBe('a         -- 12 lines are left out');
    expect(shown({ event: 'gap', company: 'a', lines: null })).toContain('it has started anew');
    const back: LogEvent = { event: 'node', company: 'a', reached: true, problem: '' };
    expect(shown(back)).toBe('a         -- it can be reached again');
  });

  it('leave out what a node of another version may say', () => {
    expect(logEventOf({ id: '', event: 'news', data: '{}' })).toBeNull();
    expect(logEventOf({ id: '', event: '', data: '' })).toBeNull();
  });
});

describe('a stream of events', () => {
  async function eventsOf(...chunks: string[]) {
    const bytes = new TextEncoder();
    const events = [];
    for await (const event of readEvents(
      (async function* () {
        for (const chunk of chunks) yield bytes.encode(chunk);
      })(),
    ))
      events.push(event);
    return events;
  }

  it('is read block by block, however its bytes come', async () => {
    const text = 'retry: 2000\nid: a=1:1\n\nid: a=1:2\nevent: line\ndata: {"msg":"é"}\n\n:\nid: a=1:9\n\n';
    const whole = await eventsOf(text);
    expect(whole).toEqual([
      { id: 'a=1:1', event: '', data: '' },
      { id: 'a=1:2', event: 'line', data: '{"msg":"é"}' },
      { id: 'a=1:9', event: '', data: '' },
    ]);
    expect(await eventsOf(...text)).toEqual(whole);
  });

  it('is given up when it is no such stream', async () => {
    await expect(eventsOf('x'.repeat(2_000_000))).rejects.toThrow('no stream of events');
  });
});
