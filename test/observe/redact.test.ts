import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../src/observe/redact.js';

/** A line as the log writes it. */
function lineWith(fields: object): string {
  return JSON.stringify({ level: 'debug', time: '2026-11-24T00:00:00.000Z', node: 'empresa_a', ...fields });
}

/** What a reader of the redacted line finds. */
function readBack(fields: object): Record<string, unknown> {
  return JSON.parse(redact(lineWith(fields))) as Record<string, unknown>;
}

describe('a line of the log', () => {
  it('is left as it is when it holds nothing that may not be read', () => {
    const line = lineWith({
      trace: '4bf92f3577b34da6a3ce929d0e0e4736',
      topic: 'malha/v1/veiculos/v1/telemetria',
      points: ['1', '2'],
      msg: 'the late lane belongs to a platform; see http://127.0.0.1:8085/v1/points?city=Salvador',
    });
    expect(redact(line)).toBe(line);
  });

  it.each([
    ['authorization', 'Bearer abc.def'],
    ['Authorization', 'Basic dXNlcjpwYXNz'],
    ['password', 'with "quotes" and \\ a backslash'],
    ['senha', 'mar é azul'],
    ['access_token', 'x'.repeat(300)],
    ['refreshToken', 'abc'],
    ['x-api-key', 'abc'],
    ['apiKey', '12345'],
    ['set-cookie', 'id=1; HttpOnly'],
    ['token', 123_456],
    ['secret', null],
  ])('hides the value of %s', (name, value) => {
    const read = readBack({ [name]: value, after: 'kept' });
    expect(read).toMatchObject({ [name]: '[redacted]', after: 'kept', node: 'empresa_a' });
  });

  it('hides them in JSON within a string, whole or cut off', () => {
    const secrets = { token: 'ab"c\\d', senha: 'segredo', secret: 4_711, cookie: { id: 1 } };
    const payload = JSON.stringify({ id: 'k1', ...secrets, n: 1 });
    const read = readBack({ payload, msg: 'MQTT: request' });
    expect(JSON.parse(String(read.payload))).toEqual({
      ...{ id: 'k1', token: '[redacted]', senha: '[redacted]', secret: '[redacted]' },
      ...{ cookie: { id: 1 }, n: 1 },
    });
    for (let length = 1; length <= payload.length; length += 1) {
      const cut = readBack({ payload: payload.slice(0, length), msg: 'MQTT: request' });
      expect(cut.msg).toBe('MQTT: request');
      expect(String(cut.payload)).not.toMatch(/ab|segred|47/);
    }
  });

  it('hides user and password of a URL, bearer tokens and web tokens wherever they stand', () => {
    const web = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';
    const text = `mqtt://user:p@ss@broker:1883 and ws://only@host/x, Bearer 123abc, ${web}`;
    const read = readBack({ msg: text, err: { message: text } });
    const clean = 'mqtt://[redacted]@broker:1883 and ws://[redacted]@host/x, Bearer [redacted], [redacted]';
    expect(read).toMatchObject({ msg: clean, err: { message: clean } });
    expect(redact('GET /v1/x?token=abc&page=2')).toBe('GET /v1/x?token=[redacted]&page=2');
  });

  it('keeps one decimal of latitudes and longitudes', () => {
    const position = { latitude: -12.971_111, longitude: -38.510_833, lat: 1e-7, lng: 12, lon: '-38.51' };
    const read = readBack({ position, payload: JSON.stringify({ position, socPct: 51.234 }) });
    const rounded = { latitude: -13, longitude: -38.5, lat: 0, lng: 12, lon: '-38.5' };
    expect(read.position).toEqual(rounded);
    expect(JSON.parse(String(read.payload))).toEqual({ position: rounded, socPct: 51.234 });
    const pair = { coordinates: [-38.510_833, -12.971_111], position: [-12.97, -38.51] };
    expect(readBack(pair)).toMatchObject({ coordinates: [-38.5, -13], position: [-13, -38.5] });
    expect(redact('/near?lat=-12.9711&lon=-38.51')).toBe('/near?lat=-13&lon=-38.5');
  });

  it('stays a line of JSON with the same names, whatever stands in it', () => {
    const name = fc.oneof(
      fc.constantFrom('token', 'Authorization', 'senha', 'latitude', 'lng', 'position', 'coordinates', 'msg'),
      fc.string(),
    );
    const leaf = fc.oneof(
      fc.string(),
      fc.double({ noNaN: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const pair = fc.tuple(name, fc.oneof(leaf, fc.array(leaf), fc.dictionary(name, leaf)));
    const fields = fc.array(pair, { maxLength: 6 }).map((pairs) => Object.fromEntries(pairs));
    fc.assert(
      fc.property(fields, fields, fc.nat(), (outer, inner, length) => {
        const text = JSON.stringify(inner);
        const told = JSON.parse(
          redact(JSON.stringify({ ...outer, text, cut: text.slice(0, length) })),
        ) as object;
        expect(Object.keys(told)).toEqual(Object.keys({ ...outer, text: '', cut: '' }));
      }),
      { numRuns: 2_000 },
    );
  });

  it('comes to an end also where somebody wrote it to take long', () => {
    const hostile = [
      `"token":"${'\\\\'.repeat(4_000)}`,
      `\\"token\\":\\"${'\\\\\\'.repeat(4_000)}`,
      `://${':@'.repeat(4_000)}`,
      `"lat":${'1'.repeat(8_000)}`,
      `${'a-'.repeat(4_000)}token`,
      `"coordinates":[${'['.repeat(8_000)}`,
      `eyJ${'a'.repeat(8_000)}.`,
    ];
    // Squared, such a text would take longer than a test may.
    for (const text of hostile) for (let times = 0; times < 20; times += 1) redact(text);
    expect(redact(hostile[2]!)).toBe('://[redacted]@');
  });
});
