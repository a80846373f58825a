import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PacketMeter } from '../../src/mqtt/packet-meter.js';
import { remainingLength } from './raw-client.js';

const BYTES_MAX = 1_000;

function packet(bodyBytes: number): Buffer {
  return Buffer.concat([Buffer.from([0x30]), remainingLength(bodyBytes), Buffer.alloc(bodyBytes, 0xff)]);
}

/** `stream` cut at any places. */
function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (stream.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts].map((from, i) => stream.subarray(from, cuts[i] ?? stream.length));
}

const CUTS = fc.array(fc.nat(), { maxLength: 20 });

test('packets up to the bound pass, wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: BYTES_MAX }), { maxLength: 5 }), CUTS, (sizes, cuts) => {
      const meter = new PacketMeter(BYTES_MAX);
      for (const chunk of cut(Buffer.concat(sizes.map(packet)), cuts))
        expect(meter.measure(chunk)).toBeNull();
    }),
  );
});

test('a larger packet is found before its body, wherever the stream is cut', () => {
  const tooLarge = fc.integer({ min: BYTES_MAX + 1, max: 268_435_455 });
  const before = fc.array(fc.integer({ min: 0, max: BYTES_MAX }), { maxLength: 3 });
  fc.assert(
    fc.property(before, tooLarge, CUTS, (sizes, size, cuts) => {
      const meter = new PacketMeter(BYTES_MAX);
      const announced = Buffer.concat([...sizes.map(packet), Buffer.from([0x30]), remainingLength(size)]);
      const faults = cut(announced, cuts).map((chunk) => meter.measure(chunk));
      expect(faults.find((fault) => fault !== null)).toBe('packet-too-large');
    }),
  );
});

test('a length of more than four bytes is malformed', () => {
  const meter = new PacketMeter(Number.MAX_SAFE_INTEGER);

  expect(meter.measure(Buffer.from([0x30, 0x80, 0x80, 0x80]))).toBeNull();
  expect(meter.measure(Buffer.from([0x80]))).toBe('malformed-length');
});
