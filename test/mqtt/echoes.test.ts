import { expect, test } from 'vitest';
import { Echoes } from '../../src/mqtt/echoes.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

test('what was sent is known again, as often as it was sent', () => {
  const echoes = new Echoes();
  echoes.expect('a', bytes('x'));
  echoes.expect('a', bytes('x'));
  echoes.expect('b', bytes('x'));
  expect(echoes.take('a', bytes('y'))).toBe(false);
  expect(echoes.take('a', bytes('x'))).toBe(true);
  expect(echoes.take('a', bytes('x'))).toBe(true);
  expect(echoes.take('a', bytes('x'))).toBe(false);
  expect(echoes.take('b', bytes('x'))).toBe(true);
});

test('of too many the oldest are forgotten, and all when the connection is lost', () => {
  const echoes = new Echoes();
  for (let n = 0; n <= 1_000; n += 1) echoes.expect('a', bytes(String(n)));
  expect(echoes.take('a', bytes('0'))).toBe(false);
  expect(echoes.take('a', bytes('1'))).toBe(true);
  echoes.forget();
  expect(echoes.take('a', bytes('2'))).toBe(false);
});
