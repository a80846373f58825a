/**
 * Who a replica is, in `identity.json`: readable, with a CRC over its canonical text, replaced as a whole.
 */
import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type ReplicaId, replicaId } from '../raft/entry.js';
import type { Identity } from '../replica/frame.js';
import { hex } from './checked-row.js';
import { replaceFile } from './durable-file.js';
import { DamagedStore, StoreFailed } from './errors.js';

/** What of a replica's identity lies on disk; the peer list comes from the settings. */
export interface StoredIdentity extends Omit<Identity, 'peerCompanies'> {
  /** The damaged replica whose place this one is taking; gone once it votes in its place. */
  readonly replaces?: ReplicaId;
  /** Set while `malha recover` makes it the first of a new mesh: until that is done it must not run. */
  readonly recovering?: true;
}

const VERSION = 1;

/** Writes `identity` to `path`, whole or not at all. */
export async function writeIdentity(path: string, identity: StoredIdentity): Promise<void> {
  const text = canonicalText(identity);
  const content = { ...JSON.parse(text), crc32: hex(crc32(text)) };
  await replaceFile(path, Buffer.from(`${JSON.stringify(content, null, 2)}\n`));
}

/** The identity in `path`; null when there is no such file. Throws DamagedStore when it is not as written, else StoreFailed. */
export async function readIdentity(path: string): Promise<StoredIdentity | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new StoreFailed(path, error);
  }
  try {
    return parseIdentity(text);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new DamagedStore(path, null, 'the identity as it was written', found, { cause });
  }
}

function parseIdentity(text: string): StoredIdentity {
  // Whatever this claims to be, the checksum over its canonical text tells whether it is an identity.
  const content = JSON.parse(text) as StoredIdentity & { version: unknown; crc32: unknown };
  if (content.version !== VERSION) throw new Error(`version ${JSON.stringify(content.version)}`);
  const identity: StoredIdentity = {
    replica: replicaId(content.replica),
    company: content.company,
    cluster: content.cluster,
    // Every node has the founders in its settings: their addresses are not written down.
    founders: content.founders.map(({ id, company }) => ({ id, company, address: '' })),
    ...(content.replaces === undefined ? {} : { replaces: replicaId(content.replaces) }),
    ...(content.recovering === undefined ? {} : { recovering: content.recovering }),
  };
  const crc = hex(crc32(canonicalText(identity)));
  if (content.crc32 !== crc)
    throw new Error(`a checksum of ${JSON.stringify(content.crc32)} over what gives ${crc}`);
  return identity;
}

/** Fixed order of fields, those that are not set left out, no blanks: one text for one identity. */
function canonicalText(identity: StoredIdentity): string {
  const { replica, company, cluster, replaces, recovering } = identity;
  const founders = identity.founders.map((member) => ({ id: member.id, company: member.company }));
  return JSON.stringify({ version: VERSION, replica, company, cluster, founders, replaces, recovering });
}
