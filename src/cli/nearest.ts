/**
 * "Did you mean": the known word closest to a mistyped one.
 */

/** The candidate within a third of the word's length in edits, the closest first; undefined if none is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (
      edits <= Math.max(1, Math.floor(word.length / 3)) &&
      edits < (best?.edits ?? Number.POSITIVE_INFINITY)
    ) {
      best = { candidate, edits };
    }
  }
  return best?.candidate;
}

/** ` (did you mean X?)`, or nothing when no candidate is close. */
export function didYouMean(word: string, candidates: readonly string[], prefix = ''): string {
  const found = nearest(word, candidates);
  return found === undefined ? '' : ` (did you mean ${prefix}${found}?)`;
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other. */
export function editDistance(from: string, to: string): number {
  let twoBack: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let edits = Math.min(
        previous[column]! + 1,
        current[column - 1]! + 1,
        previous[column - 1]! + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) edits = Math.min(edits, twoBack[column - 2]! + 1);
      current.push(edits);
    }
    twoBack = previous;
    previous = current;
  }
  return previous[to.length]!;
}
