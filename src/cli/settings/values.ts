/**
 * What each setting's text may say, as schemas from text to value. A message completes the sentence
 * "MALHA_REST must be …".
 */
import { z } from 'zod';
import { formatHostPort, parseHostPort } from '../host-port.js';
import type { ClockSettings, HostPort, LogLevel, PeerAddress } from '../node-settings.js';
import type { SettingName } from './keys.js';

/** What the ledger takes at most for one stop: 30 days. */
const STOP_MINUTES_MAX = 43_200;

export const ID_PATTERN = /^[A-Za-z0-9_.-]{1,64}$/;

const hostPort = parsedBy<HostPort>('host:port with a port up to 65535', parseHostPort);

export const SCHEMAS = {
  company: z.string().regex(ID_PATTERN, '1 to 64 of A-Z a-z 0-9 _ . -'),
  'company-name': z.string().min(1, '1 to 200 characters').max(200, '1 to 200 characters'),
  rest: hostPort,
  grpc: hostPort,
  mqtt: parsedBy<HostPort | 'off'>('host:port or "off"', (text) =>
    text.toLowerCase() === 'off' ? 'off' : parseHostPort(text),
  ),
  'mqtt-broker': parsedBy<string>('a URL that starts with mqtt, mqtts, tcp, ssl, ws or wss', parseBroker),
  peers: parsedBy<readonly PeerAddress[]>('company=host:port,company=host:port,…', parsePeers),
  data: path(),
  seed: path(),
  'json-dir': path(),
  'json-max-mb': wholeNumber(1, 1_000_000),
  'log-level': parsedBy<LogLevel>('debug, info, warn or error', (text) =>
    LOG_LEVELS.find((level) => level === text.toLowerCase()),
  ),
  'request-timeout-ms': wholeNumber(100, 600_000),
  'heartbeat-ms': wholeNumber(10, 60_000),
  'election-ms': wholeNumber(30, 600_000),
  'lease-reads': parsedBy<boolean>('on or off', (text) => ON_OFF.get(text.toLowerCase())),
  'clock-skew-ms': wholeNumber(1, 600_000),
  'retry-max': wholeNumber(0, 1_000),
  'retry-base-ms': wholeNumber(1, 600_000),
  'retry-cap-ms': wholeNumber(1, 600_000),
  'legacy-window-minutes': wholeNumber(1, STOP_MINUTES_MAX),
  'charge-minutes': wholeNumber(1, 1_440),
  'charge-grace-minutes': wholeNumber(0, 1_440),
  'disk-reserve-mb': wholeNumber(0, 1_000_000),
  'compact-entries': wholeNumber(1, 10_000_000),
  clock: parsedBy<ClockSettings>('speed:realEpochMs:epochMs', parseClock),
} as const satisfies Record<SettingName, z.ZodType<unknown, string>>;

export type SettingValue<Name extends SettingName> = z.output<(typeof SCHEMAS)[Name]>;

const ON_OFF: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['off', false],
]);

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** One or several addresses with commas, without a slash at their ends. */
export function urlList(protocols: readonly string[]): z.ZodType<readonly string[], string> {
  return parsedBy<readonly string[]>(`one or more URLs (${protocols.join(', ')}) with commas`, (text) => {
    const urls = text.split(',').map((part) => part.trim());
    return urls.every((url) => protocols.includes(protocolOf(url) ?? '')) ? urls.map(trimSlash) : undefined;
  });
}

/** One or several brokers with commas. */
export function brokerList(): z.ZodType<readonly string[], string> {
  return parsedBy<readonly string[]>('one or more broker URLs with commas', (text) => {
    const brokers = text.split(',').map((part) => parseBroker(part.trim()));
    return brokers.every((broker) => broker !== undefined) ? brokers : undefined;
  });
}

/** `tcp` and `ssl` are what other MQTT clients call `mqtt` and `mqtts`. */
function parseBroker(text: string): string | undefined {
  const url = text.replace(/^tcp:/i, 'mqtt:').replace(/^ssl:/i, 'mqtts:');
  return ['mqtt', 'mqtts', 'ws', 'wss'].includes(protocolOf(url) ?? '') ? trimSlash(url) : undefined;
}

function parsePeers(text: string): readonly PeerAddress[] | undefined {
  const peers: PeerAddress[] = [];
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const split = part.indexOf('=');
    const company = part.slice(0, Math.max(split, 0));
    const address = parseHostPort(part.slice(split + 1));
    if (!ID_PATTERN.test(company) || address === undefined || address.port === 0) return undefined;
    peers.push({ company, address: formatHostPort(address) });
  }
  return peers;
}

function parseClock(text: string): ClockSettings | undefined {
  const match = /^(\d{1,6}(?:\.\d{1,3})?):(\d{1,15}):(\d{1,15})$/.exec(text);
  if (match === null || Number(match[1]) === 0) return undefined;
  return { speed: Number(match[1]), realEpochMs: Number(match[2]), epochMs: Number(match[3]) };
}

function path() {
  return z.string().min(1, 'a path');
}

function wholeNumber(min: number, max: number) {
  return parsedBy<number>(`a whole number from ${min} to ${max}`, (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

function parsedBy<T>(wanted: string, parse: (text: string) => T | undefined): z.ZodType<T, string> {
  return z.string().transform((text, context): T => {
    const value = parse(text.trim());
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: wanted });
    return z.NEVER;
  });
}

function protocolOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host } = new URL(url);
  return host === '' ? undefined : protocol.slice(0, -1);
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
