/**
 * The log's line for a request over gRPC, in a call of its own or in a pipeline. What a write did has its line from the
 * ledger; here stands what the ledger never heard of, or who waited long.
 */
import { outcomeOf } from '../doors/outcomes.js';
import type { Logger } from '../observe/logger.js';
import type { Problem } from './problem.js';

/** From here on a request is slow. */
const SLOW_MS = 1_000;

export interface CarriedOut {
  /** The method's. */
  readonly name: string;
  readonly trace: string;
  readonly tookMs: number;
  /** Null for a success. */
  readonly problem: Problem | null;
}

/** WARN where the node failed the caller, INFO where it took long, else DEBUG. */
export function logCall(logger: Logger, { name, trace, tookMs, problem }: CarriedOut): void {
  const fields = { trace, method: name, result: problem?.code ?? 'OK', tookMs: Math.round(tookMs) };
  // What REST would answer with a 5xx.
  if (problem !== null && outcomeOf(problem.code).httpStatus >= 500)
    logger.warn(fields, 'gRPC: request failed');
  else if (tookMs >= SLOW_MS) logger.info(fields, 'gRPC: request took long');
  else logger.debug(fields, 'gRPC: request answered');
}
