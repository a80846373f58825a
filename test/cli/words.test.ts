import { describe, expect, it } from 'vitest';
import {
  formatHostPort,
  isLoopback,
  parseHostPort,
  reachableFromHere,
  withoutPassword,
} from '../../src/cli/host-port.js';
import { shortLine } from '../../src/cli/logging.js';
import { editDistance, nearest } from '../../src/cli/nearest.js';
import { paintWith, table } from '../../src/cli/terminal.js';

describe('did you mean', () => {
  it.each([
    ['', '', 0],
    ['rest', 'rest', 0],
    ['rset', 'rest', 1],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
  ])('%s is %s with %i edits', (from, to, edits) => {
    expect(editDistance(from, to)).toBe(edits);
    expect(editDistance(to, from)).toBe(edits);
  });

  it('names the nearest word, and none that is far', () => {
    expect(nearest('grcp', ['rest', 'grpc', 'mqtt'])).toBe('grpc');
    expect(nearest('zebra', ['rest', 'grpc'])).toBeUndefined();
  });
});

describe('host and port', () => {
  it.each(['127.0.0.1:0', '[::1]:8085', 'empresa_a:9085', 'a.b-c.example:65535'])(
    'reads and writes %s',
    (text) => {
      expect(formatHostPort(parseHostPort(text)!)).toBe(text);
    },
  );

  it.each(['', ':1', '1', 'a:', 'a:65536', '::1:80', 'a b:1', 'a:1x'])('does not read %j', (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  });

  it('knows what only this machine reaches, and how this machine reaches a wildcard', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '10.0.0.1', '127.evil.example'].some(isLoopback)).toBe(false);
    expect(reachableFromHere({ host: '0.0.0.0', port: 1 })).toEqual({ host: '127.0.0.1', port: 1 });
  });

  it('shows a URL without its password', () => {
    expect(withoutPassword('mqtt://u:s3cret@host:1883')).toBe('mqtt://host:1883');
    expect(withoutPassword('127.0.0.1:9085')).toBe('127.0.0.1:9085');
  });
});

describe('text for terminals', () => {
  it('aligns columns whatever their colours', () => {
    const red = paintWith(true)('red', 'ab');
    expect(
      table(
        ['a', 'n'],
        [
          [red, '1'],
          ['abc', '10'],
        ],
        [1],
      ),
    ).toEqual(['a     n', `${red}    1`, 'abc  10']);
  });

  it('shows a log line as a person reads it', () => {
    const line = JSON.stringify({
      level: 'warn',
      time: '2026-01-02T03:04:05.678Z',
      node: 'a',
      peer: 'b',
      msg: 'down',
    });
    expect(shortLine(line, paintWith(false))).toBe('03:04:05 warn  down  peer=b');
  });
});
