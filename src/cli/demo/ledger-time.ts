/**
 * One epoch for all processes of a demo, and over its restarts.
 *
 * Ledger time never goes back, so a demo that ran fast yesterday must begin where it was, or its ledger time would stand still
 * until real time caught up. The file therefore names a time that no process will have passed before it is written again.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClockSettings } from '../node-settings.js';

const FILE = 'ledger-time.json';
const KEEP_EVERY_MS = 1_000;
/** How far ahead of now, in real time, the file reaches: many times longer than the machine may delay a write of it. */
const AHEAD_MS = 5_000;

export interface LedgerTime {
  readonly clock: ClockSettings;
  /** 1 for the first demo of this directory, and so on. */
  readonly run: number;
  nowMs(): number;
  /** Writes the file for the last time; after it nothing may take ledger time. */
  close(): void;
}

/** Begins no earlier than real time and no earlier than the last demo of this directory ended. */
export function openLedgerTime(directory: string, speed: number, realNowMs: () => number): LedgerTime {
  const file = join(directory, FILE);
  const before = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Kept)
    : { notBeforeMs: 0, run: 0 };
  const realEpochMs = realNowMs();
  const clock = { speed, realEpochMs, epochMs: Math.max(realEpochMs, before.notBeforeMs) };
  const run = before.run + 1;
  const nowMs = () => Math.floor(clock.epochMs + (realNowMs() - clock.realEpochMs) * speed);
  const keep = () => {
    const kept: Kept = { notBeforeMs: Math.ceil(nowMs() + AHEAD_MS * speed), run };
    writeFileSync(`${file}.new`, `${JSON.stringify(kept)}\n`);
    renameSync(`${file}.new`, file);
  };
  keep();
  const timer = setInterval(keep, KEEP_EVERY_MS);
  return {
    clock,
    run,
    nowMs,
    close() {
      clearInterval(timer);
      keep();
    },
  };
}

interface Kept {
  readonly notBeforeMs: number;
  readonly run: number;
}
