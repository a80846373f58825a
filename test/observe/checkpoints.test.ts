import { describe, expect, it } from 'vitest';
import { Checkpoints } from '../../src/observe/metrics/checkpoints.js';
import { NodeMetrics } from '../../src/observe/metrics/node-metrics.js';
import { bahiaLedger } from '../support/bahia-fixture.js';
import { SingleMesh } from '../support/single-mesh.js';
import { samplesOf } from './metrics-text.js';

const digestOf = (index: number) => index.toString(16).padStart(32, 'f');

function walked(indexes: readonly number[], checkpoints = new Checkpoints()): Checkpoints {
  for (const index of indexes) checkpoints.reached(index, () => digestOf(index));
  return checkpoints;
}

function placesOf({ all }: Checkpoints): Readonly<Record<number, number>> {
  return Object.fromEntries(all.map(({ stride, index }) => [stride, index]));
}

describe('checkpoints of the digest', () => {
  it('are kept behind the first entry at or beyond each multiple of a stride', () => {
    expect(placesOf(walked([7, 8, 9]))).toEqual({});
    expect(placesOf(walked([7, 9, 10, 11]))).toEqual({ 10: 10 });
    // Entries of consensus itself are told to nobody.
    expect(placesOf(walked([7, 9, 12, 13]))).toEqual({ 10: 12 });
    expect(placesOf(walked([98, 101, 109, 110]))).toEqual({ 10: 110, 100: 101 });
    expect(placesOf(walked([999_999, 1_000_001]))).toEqual(
      Object.fromEntries([10, 100, 1_000, 10_000, 100_000, 1_000_000].map((stride) => [stride, 1_000_001])),
    );
  });

  it('are the same on a node that began to look later', () => {
    const indexes = Array.from({ length: 300 }, (_, k) => 2 * k + 1);
    const late = walked(indexes.slice(200));
    const early = new Map(walked(indexes).all.map((each) => [each.stride, each]));
    expect(late.all.length).toBe(2);
    for (const each of late.all) expect(each).toEqual(early.get(each.stride));
  });

  it('do not take the entry at which a node begins, or goes on behind a snapshot, for the first beyond a multiple', () => {
    expect(placesOf(walked([25]))).toEqual({});
    const checkpoints = walked([7, 12]);
    checkpoints.skipped();
    expect(placesOf(walked([35, 36], checkpoints))).toEqual({ 10: 12 });
    expect(placesOf(walked([41], checkpoints))).toEqual({ 10: 41 });
  });

  it('show the low 48 bits of the digest, exactly, and read it only where one is kept', () => {
    const checkpoints = walked([9]);
    let read = 0;
    const digest = () => {
      read += 1;
      return `${'0'.repeat(20)}ffffffffffff`;
    };
    checkpoints.reached(10, digest);
    checkpoints.reached(11, digest);
    expect(checkpoints.all).toEqual([{ stride: 10, index: 10, digest: 2 ** 48 - 1 }]);
    expect(read).toBe(1);
  });

  it('of two nodes with the same entries are equal in what they tell Prometheus', async () => {
    const lone = await bahiaLedger();
    const nodes = ['empresa_a', 'empresa_b'].map((company) => {
      const metrics = new NodeMetrics({ version: '0.0.0', company });
      const mesh = new SingleMesh(lone, company);
      metrics.ask({ mesh });
      metrics.ledger.follow(mesh);
      return metrics;
    });
    const from = lone.index;
    while (lone.index < from + 25) lone.raise();
    const [a, b] = await Promise.all(
      nodes.map(async (metrics) =>
        [...samplesOf(await metrics.text())].filter(([name]) => /checkpoint/.test(name)),
      ),
    );
    expect(a).toEqual(b);
    const at = Math.floor(lone.index / 10) * 10;
    expect(new Map(a).get('malha_ledger_checkpoint_index{stride="10"}')).toBe(at);
    expect(new Map(a).get('malha_ledger_checkpoint_digest{stride="10"}')).toBeGreaterThan(0);
  });
});
