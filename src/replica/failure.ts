/**
 * A failure of the moment: nothing that the ledger decided. The codes are gRPC's.
 *
 * `UNAVAILABLE` and `RESOURCE_EXHAUSTED` mean that nothing was proposed: try again. `DEADLINE_EXCEEDED` on a
 * write means that it was proposed and the outcome is unknown: ask again with `requestKey`.
 */
export type FailureCode = 'UNAVAILABLE' | 'DEADLINE_EXCEEDED' | 'RESOURCE_EXHAUSTED';

export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly code: FailureCode,
    message: string,
    /** The key under which the unknown outcome can be asked for; '' where there is none. */
    readonly requestKey = '',
  ) {
    super(message);
  }
}
