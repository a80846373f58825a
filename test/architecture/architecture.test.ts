/**
 * Holds the layers of ARCHITECTURE.md: who may import whom, and what the cores must not reach.
 */
import { describe, expect, it } from 'vitest';
import { barrels, forbiddenImports, importCycles } from './layers.js';
import { bigintUsers, environmentReaders, impurities, longFiles } from './purity.js';
import { readSourceTree } from './source.js';

const LINES_MAX = 450;

describe('the source tree', () => {
  const sources = readSourceTree();

  it('imports only what the table of layers allows', () => {
    expect(forbiddenImports(sources)).toEqual([]);
  });

  it('has no circles of imports', () => {
    expect(importCycles(sources)).toEqual([]);
  });

  it('has no barrels', () => {
    expect(barrels(sources)).toEqual([]);
  });

  it('S5: keeps clock, chance, disk, network, locale and fractions out of the cores', () => {
    expect(impurities(sources)).toEqual([]);
  });

  it('reads the environment in cli/ only', () => {
    expect(environmentReaders(sources)).toEqual([]);
  });

  it('has 64-bit numbers in codec/ only', () => {
    expect(bigintUsers(sources)).toEqual([]);
  });

  it(`has no file above ${LINES_MAX} lines`, () => {
    expect(longFiles(sources, LINES_MAX)).toEqual([]);
  });
});
