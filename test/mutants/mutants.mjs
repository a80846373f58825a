/**
 * Planted bugs for `make mutants`: each takes one defence of one scenario out of a copy of `src`, and the tests that carry
 * the scenario's number must turn red.
 *
 * `scenario`: the number. `takesOut`: the defence, in a sentence about the bug. `edits`: `search` stands exactly once in
 * `src/<file>`. `tests`: the files in each of which a test with the number must fail.
 */
import { disks } from './disks.mjs';
import { elections } from './elections.mjs';
import { members } from './members.mjs';
import { reads } from './reads.mjs';
import { replication } from './replication.mjs';
import { requests } from './requests.mjs';
import { SCENARIOS } from './scenarios.mjs';

/** In the order of their numbers. */
export const mutants = [...replication, ...elections, ...reads, ...members, ...requests, ...disks].toSorted(
  (a, b) => SCENARIOS.indexOf(a.scenario) - SCENARIOS.indexOf(b.scenario),
);
