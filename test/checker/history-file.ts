/**
 * A history as a file: one event a line, as JSON (NDJSON), in the order of the events.
 *
 * The envelope of each event is checked when it is read; calls and replies are taken as they were written.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { HistoryEvent } from './history.js';

const CHUNK_BYTES = 65_536;

/** Writes a history while it happens. What is written reaches the file at the latest with `close`. */
export class HistoryWriter<C, R> {
  readonly #file: number;
  #pending = '';

  /** Makes the file. Throws when it is there already: no run may mix its events into those of another. */
  constructor(path: string) {
    this.#file = openSync(path, 'wx');
  }

  write(event: HistoryEvent<C, R>): void {
    this.#pending += `${JSON.stringify(event)}\n`;
    if (this.#pending.length >= CHUNK_BYTES) this.flush();
  }

  /** Hands what is pending to the operating system. */
  flush(): void {
    writeAll(this.#file, Buffer.from(this.#pending));
    this.#pending = '';
  }

  close(): void {
    this.flush();
    closeSync(this.#file);
  }
}

/** Reads a history bit by bit. Throws an Error that names the line when one is no event, or cut off at the end. */
export function* readHistory<C, R>(path: string): Generator<HistoryEvent<C, R>> {
  let number = 0;
  for (const line of linesOf(path)) {
    number += 1;
    yield eventOf<C, R>(line, `${path}:${number}`);
  }
}

function eventOf<C, R>(line: string, where: string): HistoryEvent<C, R> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new Error(`history: ${where}: no JSON`, { cause });
  }
  if (!isEvent(value)) throw new Error(`history: ${where}: no event`);
  return value as unknown as HistoryEvent<C, R>;
}

function isEvent(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  if (!Number.isSafeInteger(fields.attempt) || typeof fields.realMs !== 'number') return false;
  switch (fields.event) {
    case 'invoke':
      return typeof fields.client === 'string' && fields.call !== undefined;
    case 'answer':
      return fields.reply !== undefined;
    case 'unknown':
    case 'denied':
      return typeof fields.reason === 'string';
    default:
      return false;
  }
}

function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    const decoder = new StringDecoder('utf8');
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let rest = '';
    for (;;) {
      const read = readSync(file, chunk);
      const lines = (rest + (read === 0 ? decoder.end() : decoder.write(chunk.subarray(0, read)))).split(
        '\n',
      );
      rest = lines.pop()!;
      yield* lines;
      if (read === 0) break;
    }
    if (rest !== '') yield rest;
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
