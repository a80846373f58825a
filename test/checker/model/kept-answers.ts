/**
 * The answers kept under request keys: a client's for a day of ledger time, a node's for a minute beyond the moment
 * after which its command can take no effect. A dead one answers nothing and does not count.
 */
import type { Command } from '../../../src/ledger/command.js';
import type { Answer } from '../../../src/ledger/result.js';
import { CLIENT_KEY_MS, KEYS_PER_HOLDER_MAX, NODE_KEY_GRACE_MS } from './limits.js';

export interface Kept {
  readonly holder: string;
  readonly requestKey: string;
  readonly keyKind: Command['keyKind'];
  /** Canonical text of the operation. */
  readonly operation: string;
  readonly answer: Answer;
  /** From this moment of ledger time on it is dead. */
  readonly diesAtMs: number;
}

export class KeptAnswers {
  /** Dead ones too: by a name that holder and key make up. */
  readonly all = new Map<string, Kept>();
  readonly #clientKeys = new Map<string, Set<string>>();

  find(holder: string, requestKey: string, atMs: number): Kept | undefined {
    const kept = this.all.get(nameOf(holder, requestKey));
    return kept !== undefined && kept.diesAtMs > atMs ? kept : undefined;
  }

  /** Whether the holder may use one more key of its own. */
  hasRoom(holder: string, atMs: number): boolean {
    const names = this.#clientKeys.get(holder);
    if (names === undefined || names.size < KEYS_PER_HOLDER_MAX) return true;
    for (const name of names) if (this.all.get(name)!.diesAtMs <= atMs) names.delete(name);
    return names.size < KEYS_PER_HOLDER_MAX;
  }

  keep(
    { holder, requestKey, keyKind, notAfterMs }: Command,
    { operation, answer }: Pick<Kept, 'operation' | 'answer'>,
    atMs: number,
  ): void {
    const keptUntilMs = keyKind === 'client' ? atMs + CLIENT_KEY_MS : notAfterMs + NODE_KEY_GRACE_MS;
    // As long as a copy of the command may still take effect, its key must be known.
    const diesAtMs = Math.max(keptUntilMs, notAfterMs + 1);
    this.#put({ holder, requestKey, keyKind, operation, answer, diesAtMs });
  }

  copyFrom(other: KeptAnswers): void {
    for (const kept of other.all.values()) this.#put(kept);
  }

  #put(kept: Kept): void {
    const { holder, requestKey, keyKind } = kept;
    const name = nameOf(holder, requestKey);
    this.all.set(name, kept);
    const names = this.#clientKeys.get(holder) ?? new Set();
    this.#clientKeys.set(holder, names);
    if (keyKind === 'client') names.add(name);
    else names.delete(name);
  }
}

function nameOf(holder: string, requestKey: string): string {
  return JSON.stringify([holder, requestKey]);
}
