/** How much a node says, from everything to faults alone. */

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** The level of a node's log, which may be changed while it runs. */
export interface LogSwitch {
  level(): LogLevel;
  /** Lines below `level` are not made from now on. */
  setLevel(level: LogLevel): void;
}

/** Whether a line of `level` is said where the least that is said is `least`. */
export function isSaid(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}
