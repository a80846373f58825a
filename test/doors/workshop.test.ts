import { expect, it } from 'vitest';
import { Workshop } from '../../src/doors/workshop.js';
import { Failure } from '../../src/replica/failure.js';

/** Works for so long, a millisecond a piece. */
function* busy<T>(
  pieces: number,
  value: T,
  done: (piece: number) => void = () => {},
): Generator<void, T, void> {
  for (let piece = 0; piece < pieces; piece += 1) {
    const untilMs = performance.now() + 1;
    while (performance.now() < untilMs);
    done(piece);
    yield;
  }
  return value;
}

it('lets everything else have its turn between the pieces', async () => {
  let turns = 0;
  let over = false;
  const other = (): void => {
    turns += 1;
    if (!over) setImmediate(other);
  };
  setImmediate(other);
  expect(await new Workshop().inPieces(() => busy(40, 'done'))).toBe('done');
  over = true;
  expect(turns).toBeGreaterThan(5);
});

it('does one thing after the other, in the order in which they came, also behind one that failed', async () => {
  const order: string[] = [];
  const workshop = new Workshop();
  const note = (name: string) => () => order.push(name);
  const failing = workshop.inPieces(function* () {
    yield;
    throw new Error('broken');
  });
  const works = ['a', 'b'].map((name) => workshop.inPieces(() => busy(12, name, note(name))));
  await expect(failing).rejects.toThrow('broken');
  expect(await Promise.all(works)).toEqual(['a', 'b']);
  expect(order.join('')).toBe('a'.repeat(12) + 'b'.repeat(12));
});

it('turns away what would wait too long, and takes more once it has done some', async () => {
  const workshop = new Workshop();
  const works = Array.from({ length: 32 }, (_, k) => workshop.inPieces(() => busy(1, k)));
  const refused = await workshop.inPieces(() => busy(1, 0)).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Failure);
  expect((refused as Failure).code).toBe('RESOURCE_EXHAUSTED');
  expect(await Promise.all(works)).toHaveLength(32);
  expect(await workshop.inPieces(() => busy(1, 'again'))).toBe('again');
});
