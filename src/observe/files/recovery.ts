/**
 * Where the files of a directory end, after whatever ended their last writer.
 *
 * 1. A line that was not written whole is cut off, and so is what stands behind a line that a loss of power garbled.
 *    Nothing else of a file is ever changed.
 * 2. What the state file vouches for is not read again. A file that is shorter than it says lost lines: then the files
 *    of that kind speak for themselves. One that is not there was deleted by somebody, and stays deleted.
 */
import { join } from 'node:path';
import { type FileKind, LEDGER_KINDS, type LedgerKind, parseFileName } from './day-file.js';
import { linesOf } from './file-lines.js';
import type { FileSystem, ListedFile } from './file-system.js';
import { BEGINNING, later, type Place, WHOLE_ENTRY } from './place.js';
import { type FilesState, parseState, type Reference, STATE_FILE } from './state-file.js';

export type Places = Record<LedgerKind, Place>;

export interface Found {
  readonly state: FilesState | null;
  /** The last line of each kind that is there. */
  readonly places: Places;
  /** Of the newest entry that the files or the state know of; null for none. */
  readonly last: Reference | null;
  /** Bytes of each file, by name. */
  readonly files: ReadonlyMap<string, number>;
}

/**
 * Mends the files in `directory`, which must be there. `writtenTo`: how far this process wrote each file whole, by name;
 * nothing for a process that begins.
 */
export async function recoverFiles(
  fileSystem: FileSystem,
  directory: string,
  company: string,
  writtenTo: ReadonlyMap<string, number>,
): Promise<Found> {
  const state = parseState(await fileSystem.readText(join(directory, STATE_FILE)), company);
  const listed: ListedFile[] = [];
  for (const { name, bytes } of await fileSystem.list(directory)) {
    const end = Math.min(bytes, writtenTo.get(name) ?? bytes);
    if (end < bytes) await fileSystem.cut(join(directory, name), end);
    listed.push({ name, bytes: end });
  }
  const files = new Map<string, number>();
  const places: Places = { reservas: BEGINNING, pontos: BEGINNING, veiculos: BEGINNING };
  let last = state?.last ?? null;
  for (const kind of [...LEDGER_KINDS, 'mqtt'] as const) {
    const own = listed.filter(({ name }) => parseFileName(name)?.kind === kind);
    const found = await recoverKind(fileSystem, directory, kind, own, state);
    for (const { name, bytes } of found.files) files.set(name, bytes);
    if (isLedgerKind(kind)) places[kind] = found.place;
    if (found.last !== null && found.last.index > (last?.index ?? 0)) last = found.last;
  }
  return { state, places, last, files };
}

interface FoundKind {
  readonly files: readonly ListedFile[];
  readonly place: Place;
  readonly last: Reference | null;
}

async function recoverKind(
  fileSystem: FileSystem,
  directory: string,
  kind: FileKind,
  listed: readonly ListedFile[],
  state: FilesState | null,
): Promise<FoundKind> {
  const vouched = (name: string): number => state?.files[name] ?? 0;
  const trusted = state !== null && listed.every(({ name, bytes }) => bytes >= vouched(name));
  let place = trusted ? vouchedPlace(state, kind) : BEGINNING;
  let last: Reference | null = null;
  let garbled = false;
  const files: ListedFile[] = [];
  for (const { name, bytes } of listed) {
    const path = join(directory, name);
    let end = trusted ? vouched(name) : 0;
    if (end < bytes && !garbled) {
      for await (const line of linesOf(fileSystem, path, end)) {
        const said = readLine(line.text);
        // Without a state that says what was safe, it may be anybody's doing, and old.
        garbled = said === null && trusted;
        if (garbled) break;
        end = line.to;
        if (said?.kind === 'mesh') place = BEGINNING;
        if (said?.place === undefined) continue;
        place = later(place, said.place);
        last = { index: said.place.index, at: said.at, traceId: said.traceId };
      }
    }
    if (end < bytes) await fileSystem.cut(path, end);
    if (end > vouched(name)) await syncFile(fileSystem, path);
    files.push({ name, bytes: end });
  }
  return { files, place, last };
}

/** What a process wrote that was killed may be nowhere but in memory yet, and is about to be vouched for. */
async function syncFile(fileSystem: FileSystem, path: string): Promise<void> {
  const file = await fileSystem.openToAppend(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Up to where a kind's lines stand in the part of its files that the state vouches for. */
function vouchedPlace({ index, ahead }: FilesState, kind: FileKind): Place {
  const more = isLedgerKind(kind) ? ahead[kind] : undefined;
  return later({ index, k: WHOLE_ENTRY }, more ?? BEGINNING);
}

interface ReadLine {
  readonly kind: string;
  readonly at: string;
  readonly traceId: string;
  /** Of a line that came from the ledger. */
  readonly place?: Place;
}

/** Null for what is no line of ours. */
function readLine(text: string): ReadLine | null {
  try {
    const said: unknown = JSON.parse(text);
    if (typeof said !== 'object' || said === null || Array.isArray(said)) return null;
    const { kind, index, k, at = '', traceId = '' } = said as Readonly<Record<string, unknown>>;
    if (typeof kind !== 'string' || typeof at !== 'string' || typeof traceId !== 'string') return null;
    const base = { kind, at, traceId };
    if (index === undefined) return base;
    const isPlace = Number.isSafeInteger(index) && Number.isSafeInteger(k);
    return isPlace ? { ...base, place: { index: index as number, k: k as number } } : null;
  } catch {
    return null;
  }
}

function isLedgerKind(kind: FileKind): kind is LedgerKind {
  return kind !== 'mqtt';
}
