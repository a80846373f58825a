/**
 * What a reply on a shared broker says of itself, as far as a node must know to strike out what is answered.
 * A reply without marks (of another program) is no fault.
 */
export interface SeenReplyMarks {
  /** The request it answers, as every node labels it. */
  readonly request: string | undefined;
  /** Which node answered. */
  readonly node: string | undefined;
}

const NONE: SeenReplyMarks = { request: undefined, node: undefined };

/** Larger replies are not parsed. */
const REPLY_BYTES_MAX = 256 * 1024;

/** Reads the marks of a reply's payload. Never throws. */
export function readReplyMarks(payload: Uint8Array): SeenReplyMarks {
  if (payload.length > REPLY_BYTES_MAX) return NONE;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload).toString());
  } catch {
    return NONE;
  }
  if (typeof value !== 'object' || value === null) return NONE;
  const own = new Map<string, unknown>(Object.entries(value));
  return { request: textOf(own.get('pedido')), node: textOf(own.get('no')) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
