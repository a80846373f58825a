/** Numbers of flags, whose bounds the node knows. */
import type { Flags } from '../world.js';

/** Undefined where the flag is not given, or is no number: then `faults` says so. */
export function numberFlag(name: string, flags: Flags, faults: string[]): number | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  if (/^\d{1,6}(\.\d{1,3})?$/.test(text)) return Number(text);
  faults.push(`--${name} (flag): must be a number, got ${JSON.stringify(text)}`);
  return undefined;
}
