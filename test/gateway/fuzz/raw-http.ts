/** HTTP as bytes on a connection of its own, so that nothing is made tidy on the way. */
import { connect } from 'node:net';

/** Far beyond what any answer takes; a request that waits so long hangs. */
const HANGS_AFTER_MS = 20_000;

export interface RawRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  /** As bytes, one character each. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | null;
}

export interface RawReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The first answer; of a stream its head alone. Rejects when nothing comes, or the connection hangs. */
export function sendRaw(port: number, request: RawRequest): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    // Not ended here: to Node's server a client that has said its last has gone, and one that takes longer answers nobody.
    const socket = connect(port, '127.0.0.1', () => socket.write(bytesOf(request)));
    const hung = setTimeout(() => {
      socket.destroy();
      reject(new Error(`${request.method} ${request.target.slice(0, 200)} hangs`));
    }, HANGS_AFTER_MS);
    const finish = (): void => {
      clearTimeout(hung);
      const reply = replyOf(Buffer.concat(chunks).toString('utf8'));
      if (reply === null)
        reject(new Error(`${request.method} ${request.target.slice(0, 200)} gets no answer`));
      else resolve(reply);
    };
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      // A stream of events has no end.
      const head = chunk.toString('latin1');
      if (/^content-type: text\/event-stream\r$/im.test(head) && head.includes('\r\n\r\n')) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', finish);
  });
}

function bytesOf({ method, target, headers, body }: RawRequest): Buffer {
  const content = Buffer.from(body ?? '');
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === null ? [] : [`Content-Length: ${content.length}`]),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), content]);
}

function replyOf(bytes: string): RawReply | null {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
  if (end < 0 || Number.isNaN(status)) return null;
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const length = headers['content-length'];
  const text = bytes.slice(end + 4);
  return {
    status,
    headers,
    text: length === undefined ? text : Buffer.from(text).subarray(0, Number(length)).toString(),
  };
}
