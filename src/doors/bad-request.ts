/**
 * Input that a door does not understand: thrown before anything is submitted, so that nothing has changed.
 */
export class BadRequest extends Error {
  override readonly name = 'BadRequest';

  /** `english` becomes `message`; `portuguese` is what the documented routes and topics show. */
  constructor(
    readonly portuguese: string,
    english: string,
  ) {
    super(english);
  }
}
