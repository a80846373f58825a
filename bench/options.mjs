/** What `make bench` was asked for, by environment; see docs/benchmarks.md. */
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const SECTIONS = ['ceiling', 'writes', 'reads', 'syncs', 'outages', 'scale'];
const SYSTEMS = ['malha-rest', 'malha-unary', 'malha-stream', 'etcd', 'postgres', 'postgres-standby'];
const PEERS = ['etcd', 'postgres'];

export function options(env = process.env) {
  const only = list(env.ONLY);
  const named = [...SECTIONS, ...SYSTEMS];
  const unknown = only.filter((name) => !named.includes(name));
  if (unknown.length > 0) throw new Error(`ONLY: not ${unknown.join(', ')}, but of ${named.join(', ')}`);
  const peers = list(env.PEERS);
  if (!peers.every((name) => PEERS.includes(name))) throw new Error(`PEERS: of ${PEERS.join(', ')}`);
  const sections = SECTIONS.filter((name) => only.includes(name));
  const systems = SYSTEMS.filter((name) => only.includes(name));
  const roots = list(env.BUILDS);
  return {
    /** Who names systems alone is not asking how malha grows. */
    sections: new Set(
      sections.length > 0 ? sections : SECTIONS.filter((name) => name !== 'scale' || only.length === 0),
    ),
    systems: new Set(systems.length > 0 ? systems : SYSTEMS),
    /** Installed if they are missing. */
    peers,
    /** Built trees to compare. */
    builds: (roots.length > 0 ? roots : [fileURLToPath(new URL('../', import.meta.url))]).map((root) => ({
      root,
      label: roots.length > 1 ? `@${basename(root)}` : '',
    })),
    clients: env.CLIENTS ? list(env.CLIENTS).map(Number) : [1, 16, 64, 256],
    measureMs: 1_000 * number(env.POINT_SECONDS, 10),
    rounds: number(env.ROUNDS, 3),
    outages: number(env.OUTAGES, 10),
    connectionsPerNode: number(env.CONNECTIONS, 1),
  };
}

function list(text = '') {
  return text.split(/[\s,]+/).filter(Boolean);
}

function number(text, otherwise) {
  const value = text ? Number(text) : otherwise;
  if (!(value > 0)) throw new Error(`not a number above 0: ${text}`);
  return value;
}
