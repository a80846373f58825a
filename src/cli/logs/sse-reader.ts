/**
 * Reads server-sent events (WHATWG HTML, section 9.2) from the body of an answer. What is larger than any line of a log is
 * no such stream.
 */

export interface ServerSentEvent {
  /** The newest id of the stream: behind it, it can be taken up again. */
  readonly id: string;
  /** '' where none is named. */
  readonly event: string;
  readonly data: string;
}

const BLOCK_LENGTH_MAX = 1024 * 1024;

/** Ends with the body; rejects with an Error where that breaks off or is no stream of events. Remarks give an id alone. */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  let id = '';
  for await (const chunk of body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    if (rest.length > BLOCK_LENGTH_MAX) throw new Error('that is no stream of events');
    for (const block of blocks) {
      const read = readBlock(block);
      id = read.id ?? id;
      yield { id, event: read.event ?? '', data: read.data ?? '' };
    }
  }
}

function readBlock(block: string): Partial<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    // A remark begins with its colon.
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, '');
  }
  return fields;
}
