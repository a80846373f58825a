/** Flags as commander keeps them, by the names that people type. */
import type { Flags } from './world.js';

/** Commander keeps `--log-level` as `logLevel`; a switch becomes the text `true`. */
export function byFlagName(options: object): Flags {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      String(value),
    ]),
  );
}
