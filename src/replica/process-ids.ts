/**
 * Where a process begins to count the ids of its questions to peers. An answer may come so late that the process that
 * asked is no more: it must not be taken for the answer to a question of its successor (C14).
 */

/** Ids of one process before they could meet those of another. */
const IDS_OF_ONE = 2 ** 20;

/** A random first id, at least 1; what counts on from it stays an exact number. `random`: an integer in [0, bound). */
export function firstIdOfProcess(random: (bound: number) => number): number {
  return random(2 ** 32) * IDS_OF_ONE + 1;
}
