/** One process of a node, as its stores and its part of the network see it: what it began ends with it. */
export interface Process {
  isAlive(): boolean;
  /** It reads its disk, takes all the time it wants, and does nothing else yet. */
  isOpening(): boolean;
  /** Runs something at virtual time `us` in this process: never after its end, and late while it is paused. */
  at(us: number, run: () => void): void;
}

/** What somebody waits for whose process is gone. */
export const NEVER: Promise<never> = new Promise(() => {});
