import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeNodeLog, type NodeLog } from '../../src/cli/logging.js';

let printed: string;
beforeEach(() => {
  printed = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    printed += chunk.toString();
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

/** What the log keeps, as it was said. */
function kept({ ring }: NodeLog): readonly Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  for (let n = ring.oldest; n <= ring.newest; n += 1) {
    const line = ring.at(n)!;
    const fields = JSON.parse(line.text) as Record<string, unknown>;
    expect(fields.level).toBe(line.level);
    lines.push(fields);
  }
  return lines;
}

describe('the log of a node', () => {
  it('prints and keeps what its level lets through', () => {
    const log = makeNodeLog('info', 'empresa_a', true);
    log.logger.debug({ n: 1 }, 'hidden');
    log.logger.info({ n: 2 }, 'told');
    log.logger.error({ err: new Error('why') }, 'wrong');
    expect(kept(log)).toMatchObject([
      { level: 'info', node: 'empresa_a', n: 2, msg: 'told' },
      { level: 'error', node: 'empresa_a', msg: 'wrong', err: { message: 'why' } },
    ]);
    expect(printed.split('\n').map((line) => line.slice(9))).toEqual([
      'info  told  n=2',
      'error wrong  err=why',
      '',
    ]);
  });

  it('says more, or less, from the moment it is told to, and that it was told', () => {
    const log = makeNodeLog('info', 'empresa_a', true);
    expect([log.level(), log.isSaid('debug'), log.isSaid('info')]).toEqual(['info', false, true]);
    log.setLevel('debug');
    log.logger.debug({}, 'now it is said');
    log.setLevel('warn');
    log.setLevel('warn');
    log.logger.info({}, 'not any more');
    log.announce({}, 'ready');
    expect([log.level(), log.isSaid('info'), log.isSaid('error')]).toEqual(['warn', false, true]);
    expect(kept(log).map(({ level, msg, to }) => [level, msg, to])).toEqual([
      ['info', 'the log level was changed', 'debug'],
      ['debug', 'now it is said', undefined],
      ['info', 'the log level was changed', 'warn'],
      ['info', 'ready', undefined],
    ]);
  });

  it('neither prints nor keeps secrets and exact positions, whoever writes them', () => {
    const log = makeNodeLog('debug', 'empresa_a', true);
    const secret = 'hunter2';
    const payload = JSON.stringify({ position: { latitude: -12.971_111, longitude: -38.510_833 } });
    log.logger.debug({ payload, authorization: `Bearer ${secret}` }, 'MQTT: request');
    log.logger.warn(
      { err: new Error(`cannot dial mqtt://user:${secret}@broker:1883`) },
      'a broker is out of reach',
    );
    const [request, failed] = kept(log);
    expect(JSON.parse(String(request!.payload))).toEqual({ position: { latitude: -13, longitude: -38.5 } });
    expect(request!.authorization).toBe('[redacted]');
    expect(failed).toMatchObject({ err: { message: 'cannot dial mqtt://[redacted]@broker:1883' } });
    expect(printed).not.toContain(secret);
  });

  it('has a start of its own each time', () => {
    const starts = Array.from({ length: 20 }, () => makeNodeLog('info', 'empresa_a', true).ring.start);
    expect(new Set(starts).size).toBe(20);
    for (const start of starts) expect(start).toMatch(/^[0-9a-f]{8}$/);
  });
});
