/** The lines of a file, as it is found after whatever ended its last writer. */
import type { FileSystem } from './file-system.js';

export interface FoundLine {
  readonly text: string;
  /** Of its first byte, and behind its line feed. */
  readonly from: number;
  readonly to: number;
}

const LINE_FEED = 10;

/** Every line that ends with a line feed, from `fromByte` on, which must be where one begins. What is behind the last is torn. */
export async function* linesOf(
  fileSystem: Pick<FileSystem, 'read'>,
  path: string,
  fromByte: number,
): AsyncGenerator<FoundLine, void, undefined> {
  let parts: Uint8Array[] = [];
  let from = fromByte;
  let at = fromByte;
  for await (const chunk of fileSystem.read(path, fromByte)) {
    let begin = 0;
    for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, begin)) {
      parts.push(chunk.subarray(begin, feed));
      begin = feed + 1;
      const to = at + begin;
      yield { text: Buffer.concat(parts).toString(), from, to };
      parts = [];
      from = to;
    }
    parts.push(chunk.subarray(begin));
    at += chunk.length;
  }
}
