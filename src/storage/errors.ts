/**
 * The three ways in which storage says no. None is ever retried on the same store: one that failed once may lose what
 * it acknowledges afterwards (R4), and a damaged replica must not vote on what is left (R5): it is replaced, or its
 * process ends.
 */

/** What helps, whoever is told: the replica that replaces itself, `malha check`, an operator. */
export const REPAIR =
  'This replica must not vote again; delete nothing. Started with --peers, a node replaces a damaged replica by itself ' +
  'while a majority of its mesh runs without it. Else: empty its directory, start it, and call `malha member replace`. ' +
  'With a majority lost: `malha check DIR` on every node, then `malha recover --force DIR` on the best one. ' +
  'See docs/operations.md.';

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
    readonly reason:
      | 'in-use'
      | 'other-company'
      | 'half-made'
      | 'half-recovered'
      | 'foreign-files'
      | 'later-version'
      | 'other-mesh',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
