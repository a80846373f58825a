import { describe, expect, it } from 'vitest';
import { messageLog } from '../../src/observe/message-log.js';
import { recordingLogger } from '../mqtt/recorder.js';

const POSITION = JSON.stringify({ position: { latitude: -12.971_1, longitude: -38.510_8 }, token: 'abc' });

function logged(least: 'debug' | 'info' | 'warn', shared: boolean, clientId = 'car') {
  const { logger, lines } = recordingLogger();
  const isSaid = (level: 'debug' | 'info'): boolean => level === least || least === 'debug';
  const payload = Buffer.from(POSITION);
  const topic = `malha/v1/${'x'.repeat(500)}`;
  messageLog({ logger, shared, isSaid })({ topic, clientId, bytes: 75, qos: 1, retain: false, payload });
  return lines;
}

describe('the line of a message', () => {
  it('has topic, size and client, and no payload at INFO', () => {
    const [line, ...others] = logged('info', false);
    expect(others).toEqual([]);
    expect(line).toMatchObject({ level: 'info', message: 'MQTT: message' });
    expect(Object.keys(line!.fields)).toEqual(['topic', 'bytes', 'client']);
    expect(line!.fields).toMatchObject({ bytes: 75, client: 'car' });
    expect(String(line!.fields.topic)).toHaveLength(200);
  });

  it('has the payload at DEBUG, without secrets and exact positions', () => {
    const [line] = logged('debug', false);
    expect(line!.level).toBe('info');
    expect(JSON.parse(String(line!.fields.payload))).toEqual({
      position: { latitude: -13, longitude: -38.5 },
      token: '[redacted]',
    });
  });

  it('is not made where it is not said', () => {
    expect(logged('warn', false)).toEqual([]);
  });

  it('is DEBUG for what others say on a shared broker', () => {
    expect(logged('info', true, '')).toEqual([]);
    expect(logged('debug', true, '').map(({ level }) => level)).toEqual(['debug']);
    expect(logged('info', true, 'malha-empresa_a-1f').map(({ level }) => level)).toEqual(['info']);
  });
});
