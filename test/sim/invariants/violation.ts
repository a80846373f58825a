/** An invariant that does not hold: the run ends here. */
export class Violation extends Error {
  override readonly name = 'Violation';

  constructor(
    /** Which one, in words that stay the same from seed to seed. */
    readonly invariant: string,
    readonly detail: string,
  ) {
    super(`${invariant}: ${detail}`);
  }
}

/** Throws a Violation of `invariant` unless `holds`. */
export function demand(holds: boolean, invariant: string, detail: () => string): asserts holds {
  if (!holds) throw new Violation(invariant, detail());
}
