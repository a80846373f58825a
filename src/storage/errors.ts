/**
 * The three ways in which storage says no. Each ends the process; none is ever retried: a store that failed
 * once may lose what it acknowledges afterwards (R4), and a damaged one must not vote on what is left (R5).
 */

const REPAIR =
  'This replica must not vote. Do not delete anything; replace this replica: the others hold all that was ' +
  'acknowledged, and docs/operations.md says how.';

/** What is on disk is not what was acknowledged. Says where, and what an operator is to do. */
export class DamagedStore extends Error {
  override readonly name = 'DamagedStore';

  constructor(
    /** The file, or the directory of the database, that is damaged. */
    readonly file: string,
    /** The log index at which it was noticed; null where it concerns no single entry. */
    readonly index: number | null,
    readonly expected: string,
    readonly found: string,
    options?: ErrorOptions,
  ) {
    const place = index === null ? file : `${file} at index ${index}`;
    super(`${place} is damaged: expected ${expected}, found ${found}. ${REPAIR}`, options);
  }
}

/** A write or an open failed; what it would have changed is unknown. `cause` is the error of the system. */
export class StoreFailed extends Error {
  override readonly name = 'StoreFailed';

  constructor(
    readonly file: string,
    cause: unknown,
  ) {
    super(
      `${file} failed and must not be used on: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

/** The directory is sound, but not for this process: the sentence says why and what helps. */
export class DirectoryRefused extends Error {
  override readonly name = 'DirectoryRefused';

  constructor(
    readonly reason: 'in-use' | 'other-company' | 'half-made' | 'foreign-files' | 'other-mesh',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
