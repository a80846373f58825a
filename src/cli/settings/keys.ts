/**
 * The one table of settings: from it come the flags, the names in the environment and in the file, the help,
 * and what counts as unknown. A setting `MALHA_LOG_LEVEL` is the flag `--log-level` and the file key `log-level`.
 */
export interface SettingKey {
  /** Flag and file key; the environment's name follows from it. */
  readonly name: string;
  /** Names of the earlier service that keep working in the environment and in `.env`. */
  readonly older: readonly string[];
  readonly placeholder: string;
  readonly help: string;
  /** What the help shows; the value itself is filled in where settings are resolved. */
  readonly shownDefault: string;
  readonly usedBy: readonly ('node' | 'vehicle')[];
}

const NODE = ['node'] as const;
const BOTH = ['node', 'vehicle'] as const;

export const SETTING_KEYS = [
  key('company', 'ID', 'id of the company whose node this is', 'empresa_a', NODE, ['NOME_EMPRESA']),
  key('company-name', 'NAME', 'display name of the company', '', NODE),
  key('rest', 'HOST:PORT', 'REST gateway', '127.0.0.1:8085', NODE, ['PORTA']),
  key('grpc', 'HOST:PORT', 'peers and gRPC clients', '127.0.0.1:9085', NODE),
  key('mqtt', 'HOST:PORT', 'embedded MQTT broker, or "off"', '127.0.0.1:1883', NODE),
  key('mqtt-broker', 'URL', 'use this broker instead of the embedded one', '', BOTH, ['MQTT_BROKER']),
  key('peers', 'LIST', 'company=host:port,… of the whole mesh, itself included', 'itself alone', NODE),
  key('data', 'DIR', 'LevelDB directory', '.malha/<company>', NODE),
  key('seed', 'FILE', 'data set whose points a company registers, or "none"', 'data/bahia.json', NODE),
  key('json-dir', 'DIR', 'where the JSON files go', 'none are written', BOTH, ['DADOS_RECARGA']),
  key('json-max-mb', 'MB', 'what the JSON files may take: the oldest days go first', '512', BOTH),
  key('log-level', 'LEVEL', 'debug, info, warn or error', 'info', NODE, ['LOG_LEVEL']),
  key('request-timeout-ms', 'MS', "a client's request, end to end", '5000', NODE),
  key('heartbeat-ms', 'MS', 'between heartbeats of the leader', '100', NODE),
  key('election-ms', 'MS', 'without a leader until an election', '1000', NODE),
  key(
    'lease-reads',
    'on|off',
    'the leader reads by lease; rests on clocks, see docs/settings.md',
    'off',
    NODE,
  ),
  key(
    'clock-skew-ms',
    'MS',
    "distance from the voters' median clock beyond which it does not lead",
    '2000',
    NODE,
  ),
  key('retry-max', 'N', 'how often one request is proposed again', '5', NODE),
  key('retry-base-ms', 'MS', 'first back-off towards peers and brokers', '50', NODE),
  key('retry-cap-ms', 'MS', 'longest back-off', '2000', NODE),
  key('legacy-window-minutes', 'MIN', 'window of a reservation that names no time', '240', BOTH),
  key('charge-minutes', 'MIN', 'recharge time where the model does not say', '30', BOTH),
  key('charge-grace-minutes', 'MIN', 'grace after a recharge', '5', BOTH),
  key('disk-reserve-mb', 'MB', 'free space below which no proposal is taken', '64', NODE),
  key('compact-entries', 'N', 'advanced: log entries from which on it is compacted', '10000', NODE),
  key('clock', 'SPEED:REAL:EPOCH', 'a clock that runs faster, for demos and tests', "the machine's", BOTH),
] as const satisfies readonly SettingKey[];

export type SettingName = (typeof SETTING_KEYS)[number]['name'];

/** The earlier client's name for the node that a vehicle asks; `--node` is its flag. */
export const VEHICLE_SERVER_VARIABLE = 'SERVER_URL';

/** Variables of the project that are no settings of a running node. */
export const OTHER_VARIABLES: readonly string[] = ['MALHA_CONFORMANCE'];

/** `log-level` is `MALHA_LOG_LEVEL` in the environment. */
export function variableOf(name: SettingName): string {
  return `MALHA_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** Whether the earlier service had the variable and this one has no use for it. */
export function isRetiredVariable(variable: string): boolean {
  return variable === 'GIN_MODE' || /^EMPRESA_[A-Z0-9]+_URL$/.test(variable);
}

function key<const Name extends string>(
  name: Name,
  placeholder: string,
  help: string,
  shownDefault: string,
  usedBy: SettingKey['usedBy'],
  older: readonly string[] = [],
) {
  return { name, older, placeholder, help, shownDefault, usedBy } as const;
}
