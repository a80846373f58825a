/**
 * A field of a request that cannot be what it says: thrown before anything is submitted, so that nothing has changed.
 */
export class FieldFault extends Error {
  override readonly name = 'FieldFault';

  constructor(
    /** As in `stops[2].start`. */
    readonly field: string,
    /** What it would have to be, without the field's name. */
    readonly description: string,
  ) {
    super(`${field}: ${description}`);
  }
}
