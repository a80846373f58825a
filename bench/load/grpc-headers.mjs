/**
 * The header blocks of gRPC calls (RFC 7541). What a call says is in the table of the connection after its first time, as
 * with any client, so that a server reads a byte or two for each header. Of answers only `grpc-status` is looked for:
 * answers use no table, because the opening of a connection asked for none.
 */

const POST = 0x83;
const HTTP = 0x86;
/** Names that RFC 7541's own table has. */
const AUTHORITY = 1;
const PATH = 4;
const CONTENT_TYPE = 31;
const STATIC_NAMES = 61;
const LITERAL_TO_TABLE = 0x40;

export class HeaderEncoder {
  /** Newest first. */
  #table = [];
  #authority;

  constructor(authority) {
    this.#authority = authority;
  }

  /** The headers of a call to `path`. */
  block(path) {
    return Buffer.concat([
      Buffer.from([POST, HTTP]),
      this.#header(PATH, ':path', path),
      this.#header(AUTHORITY, ':authority', this.#authority),
      this.#header(CONTENT_TYPE, 'content-type', 'application/grpc'),
      this.#header(0, 'te', 'trailers'),
    ]);
  }

  #header(nameIndex, name, value) {
    const entry = `${name}: ${value}`;
    const known = this.#table.indexOf(entry);
    if (known >= 0) return Buffer.from([0x80 | (STATIC_NAMES + 1 + known)]);
    this.#table.unshift(entry);
    const written = nameIndex > 0 ? Buffer.alloc(0) : literal(name);
    return Buffer.concat([Buffer.from([LITERAL_TO_TABLE | nameIndex]), written, literal(value)]);
  }
}

/** Up to 126 characters, as they are. */
export function literal(text) {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
}

/** `grpc-status` by Huffman's code and as it is: servers write the shorter one. */
const STATUS_NAMES = [Buffer.from('9acac8b21234da8f', 'hex'), Buffer.from('grpc-status', 'latin1')];

/** The status that a block of trailers says; -1 where it says none. Numbers of two digits are never shorter by Huffman. */
export function statusOf(block) {
  for (const name of STATUS_NAMES) {
    const at = block.indexOf(name);
    if (at < 0) continue;
    const length = block[at + name.length] & 0x7f;
    return Number(block.latin1Slice(at + name.length + 1, at + name.length + 1 + length));
  }
  return -1;
}
