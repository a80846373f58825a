/**
 * Settings, resolved: flag > environment > `.env` > file > default. Pure but for `readFile`, which is handed in.
 *
 * 1. Every fault is found, not only the first; each is one line.
 * 2. No value that may carry a secret stands in a fault, a warning or a source.
 */
import { resolve } from 'node:path';
import { formatHostPort, isLoopback } from './host-port.js';
import type { HostPort, NodeSettings, PeerAddress } from './node-settings.js';
import { VEHICLE_SERVER_VARIABLE } from './settings/keys.js';
import { type Given, readLayers } from './settings/layers.js';
import { SettingsReader } from './settings/reader.js';
import type { SettingsWorld } from './settings/settings-world.js';
import { brokerList, urlList } from './settings/values.js';
import type { VehicleSettings } from './vehicle-settings.js';

export type Resolved<Settings> =
  | {
      readonly ok: true;
      readonly settings: Settings;
      /** Where each given setting came from, such as `.env MALHA_REST`; a default is not listed. */
      readonly sources: Readonly<Record<string, string>>;
      /** Every setting that is given or has a default of its own, as text, secrets masked. */
      readonly shown: Readonly<Record<string, string>>;
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly faults: readonly string[]; readonly warnings: readonly string[] };

const MEBIBYTE = 1_048_576;

/** `packagedSeed` is the absolute path of the data set that comes with the package. */
export function resolveNodeSettings(world: SettingsWorld, packagedSeed: string): Resolved<NodeSettings> {
  const reader = new SettingsReader(readLayers(world));
  const company = reader.read('company', 'empresa_a');
  const rest = reader.read('rest', '127.0.0.1:8085');
  const grpc = reader.read('grpc', '127.0.0.1:9085');
  const mqtt = reader.read('mqtt', '127.0.0.1:1883');
  const mqttBroker = reader.readOptional('mqtt-broker');
  const givenPeers = reader.readOptional('peers');
  const heartbeatMs = reader.read('heartbeat-ms', '100');
  const electionMs = reader.read('election-ms', '1000');
  const retryBaseMs = reader.read('retry-base-ms', '50');
  const retryCapMs = reader.read('retry-cap-ms', '2000');
  const seed = reader.read('seed', packagedSeed);
  const jsonDir = reader.readOptional('json-dir');

  if (reader.sound('heartbeat-ms', 'election-ms') && electionMs < 3 * heartbeatMs) {
    reader.fault('election-ms', `must be at least 3 times the heartbeat (${heartbeatMs} ms)`);
  }
  if (reader.sound('retry-base-ms', 'retry-cap-ms') && retryCapMs < retryBaseMs) {
    reader.fault('retry-cap-ms', `must not be below the first back-off (${retryBaseMs} ms)`);
  }
  const peers = givenPeers ?? [{ company, address: formatHostPort(grpc) }];
  if (reader.sound('company', 'peers')) checkPeers(peers, company, reader);
  const embedded = reader.given('mqtt-broker') === undefined ? mqtt : 'off';
  checkListeners({ rest, grpc, mqtt: embedded }, reader);
  const clock = reader.readOptional('clock');
  if (clock !== undefined) {
    reader.warnings.push(`${reader.labelOf('clock')}: not the machine's clock, for demos and tests only`);
  }

  return resolved(reader, {
    company,
    companyName: reader.readOptional('company-name'),
    rest,
    grpc,
    mqtt: embedded,
    mqttBroker,
    peers,
    dataDir: resolve(world.cwd, reader.read('data', `.malha/${company}`)),
    seed: seed.toLowerCase() === 'none' ? 'none' : resolve(world.cwd, seed),
    jsonDir: jsonDir === undefined ? undefined : resolve(world.cwd, jsonDir),
    jsonBytesMax: reader.read('json-max-mb', '512') * MEBIBYTE,
    logLevel: reader.read('log-level', 'info'),
    requestTimeoutMs: reader.read('request-timeout-ms', '5000'),
    heartbeatMs,
    electionMs,
    leaseReads: reader.read('lease-reads', 'off'),
    clockSkewMs: reader.read('clock-skew-ms', '2000'),
    retryMax: reader.read('retry-max', '5'),
    retryBaseMs,
    retryCapMs,
    legacyWindowMinutes: reader.read('legacy-window-minutes', '240'),
    chargeMinutes: reader.read('charge-minutes', '30'),
    chargeGraceMinutes: reader.read('charge-grace-minutes', '5'),
    diskReserveBytes: reader.read('disk-reserve-mb', '64') * MEBIBYTE,
    compactEntries: reader.read('compact-entries', '10000'),
    clock,
  });
}

/** `--node` and `--broker` are the vehicle's own flags; `SERVER_URL` is the node's older name. */
export function resolveVehicleSettings(world: SettingsWorld): Resolved<VehicleSettings> {
  const reader = new SettingsReader(readLayers(world));
  const node = flagOf(world, 'node') ?? reader.variable(VEHICLE_SERVER_VARIABLE);
  const broker = flagOf(world, 'broker') ?? reader.given('mqtt-broker');
  const jsonDir = reader.readOptional('json-dir');
  return resolved(reader, {
    nodes: reader.readAs('node', urlList(['http', 'https']), node, 'http://127.0.0.1:8085'),
    brokers: reader.readAs('broker', brokerList(), broker, 'mqtt://127.0.0.1:1883'),
    legacyWindowMinutes: reader.read('legacy-window-minutes', '240'),
    chargeMinutes: reader.read('charge-minutes', '30'),
    chargeGraceMinutes: reader.read('charge-grace-minutes', '5'),
    jsonDir: jsonDir === undefined ? undefined : resolve(world.cwd, jsonDir),
    jsonBytesMax: reader.read('json-max-mb', '512') * MEBIBYTE,
    clock: reader.readOptional('clock'),
  });
}

function resolved<Settings>(reader: SettingsReader, settings: Settings): Resolved<Settings> {
  const { faults, warnings, sources, shown } = reader;
  return faults.length === 0
    ? { ok: true, settings, sources, shown, warnings }
    : { ok: false, faults, warnings };
}

function checkPeers(peers: readonly PeerAddress[], company: string, reader: SettingsReader): void {
  const companies = peers.map((peer) => peer.company);
  if (!companies.includes(company)) reader.fault('peers', `does not contain the own company ${company}`);
  for (const twice of repeated(companies)) reader.fault('peers', `names ${twice} more than once`);
  for (const twice of repeated(peers.map((peer) => peer.address))) {
    reader.fault('peers', `gives ${twice} to more than one company`);
  }
}

function checkListeners(
  listeners: { readonly rest: HostPort; readonly grpc: HostPort; readonly mqtt: HostPort | 'off' },
  reader: SettingsReader,
): void {
  const takers = new Map<string, string>();
  for (const name of ['rest', 'grpc', 'mqtt'] as const) {
    const listener = listeners[name];
    if (listener === 'off' || !reader.sound(name)) continue;
    const address = formatHostPort(listener);
    const taker = takers.get(address);
    if (listener.port !== 0 && taker !== undefined) reader.fault(name, `${address} is that of ${taker}`);
    takers.set(address, reader.labelOf(name));
    if (!isLoopback(listener.host)) {
      reader.warnings.push(`${reader.labelOf(name)}: ${address} can be reached from other machines`);
    }
  }
}

function repeated(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, position) => values.indexOf(value) !== position))];
}

function flagOf(world: SettingsWorld, name: string): Given | undefined {
  const value = world.flags[name];
  return value === undefined ? undefined : { value, label: `--${name}`, layer: 'flag' };
}
