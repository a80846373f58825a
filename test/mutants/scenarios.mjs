/**
 * The scenarios by number, and how a number is found in the name of a test.
 */

function numbered(letter, count) {
  return Array.from({ length: count }, (_, k) => `${letter}${k + 1}`);
}

/** C: consensus, S: clients and state machine, D: disks. docs/testing.md says what each is about. */
export const SCENARIOS = [...numbered('C', 28), ...numbered('S', 6), ...numbered('D', 7)];

/** Whether the name of a test, with those of its groups, carries the number. */
export function carries(name, scenario) {
  return new RegExp(`\\b${scenario}\\b`).test(name);
}
