/** Who asks, and the request key of a write: the caller's, or a fresh one that no other request has. */
import { randomBytes } from 'node:crypto';
import { BadRequest } from '../../doors/bad-request.js';
import { parseHolder, parseRequestKey } from '../../doors/identifiers.js';
import type { Flags } from '../world.js';

export type WriteHeaders = {
  readonly 'idempotency-key': string;
  readonly 'malha-vehicle': string | undefined;
};

/** What is wrong with `--vehicle` and `--key` goes to `faults`. */
export function checkCaller({ vehicle, key }: Flags, faults: string[]): void {
  const checks = [
    ['vehicle', () => parseHolder(vehicle)],
    ['key', () => parseRequestKey(key)],
  ] as const;
  for (const [name, check] of checks) {
    try {
      check();
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      faults.push(`--${name} (flag): ${error.message}`);
    }
  }
}

export function writeHeaders({ vehicle, key }: Flags): WriteHeaders {
  const requestKey = key ?? `cli-${randomBytes(12).toString('hex')}`;
  return { 'idempotency-key': requestKey, 'malha-vehicle': vehicle };
}

/** How to ask what became of it, when nobody said. */
export function askAgain({ 'idempotency-key': key }: WriteHeaders): string {
  return `ask again with --key ${key}`;
}
