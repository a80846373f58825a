/**
 * Bugs assert: a broken invariant ends the process, which restarts from disk. Never used on a peer's input.
 */

/** Throws an Error named as an assertion when `condition` is false. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion: ${message}`);
}
