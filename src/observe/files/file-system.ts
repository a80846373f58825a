/**
 * The disk as the JSON files see it. Every call may reject with a NodeJS.ErrnoException: a disk that is full, gone or
 * read-only is an ordinary day here.
 */

export interface ListedFile {
  readonly name: string;
  readonly bytes: number;
}

/** A file that is written at its end. */
export interface OpenFile {
  /** All of `text`, or a rejection; then any part of it may be there. */
  append(text: string): Promise<void>;
  /** Resolves when everything appended before the call is on disk. */
  sync(): Promise<void>;
  /** How much it holds; null when it stands in no directory any more. */
  bytes(): Promise<number | null>;
  close(): Promise<void>;
}

export interface FileSystem {
  /** With its parents; one that is there is fine. */
  makeDirectory(path: string): Promise<void>;
  /** The plain files of a directory, in the order of their names. */
  list(path: string): Promise<readonly ListedFile[]>;
  /** What a file holds from a byte on, in parts. */
  read(path: string, fromByte: number): AsyncIterable<Uint8Array>;
  /** Null when there is no such file. */
  readText(path: string): Promise<string | null>;
  /** Makes it, if there is none. */
  openToAppend(path: string): Promise<OpenFile>;
  /** Keeps the first `bytes` of a file. */
  cut(path: string, bytes: number): Promise<void>;
  /** A crash leaves the old text or the new one. */
  replace(path: string, text: string): Promise<void>;
  /** One that is not there is fine. */
  remove(path: string): Promise<void>;
  /** What this process may still write there. */
  freeBytes(path: string): Promise<number>;
}
