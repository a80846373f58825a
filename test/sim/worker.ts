/**
 * A process that runs seeds as it is told: `{ seed, messages, trace }` comes in, a report or lines go out.
 */
import { runSeed, type SeedReport } from './run-seed.js';

/** What the parent asks for. */
export interface SeedRequest {
  readonly seed: number;
  readonly messages: number;
}

/** What it gets: a report, or the error that a defect of the simulation itself threw. */
export type SeedReply = { readonly report: SeedReport } | { readonly seed: number; readonly error: string };

process.on('message', ({ seed, messages }: SeedRequest) => {
  runSeed({ seed, messages }).then(
    (report) => process.send?.({ report } satisfies SeedReply),
    (error: unknown) =>
      process.send?.({
        seed,
        error: error instanceof Error ? (error.stack ?? '') : String(error),
      } satisfies SeedReply),
  );
});
