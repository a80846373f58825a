/**
 * `host:port` as text and as data. IPv6 hosts stand in brackets in the text and without them in the data.
 */
import type { HostPort } from './node-settings.js';

const BRACKETED = /^\[([0-9A-Fa-f:.]+)\]:(\d{1,5})$/;
const PLAIN = /^([A-Za-z0-9_.-]+):(\d{1,5})$/;

/** Undefined unless the text names a host and a port from 0 to 65535. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = BRACKETED.exec(text) ?? PLAIN.exec(text);
  if (match === null) return undefined;
  const port = Number(match[2]);
  return port <= 65_535 ? { host: match[1]!, port } : undefined;
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Where a client on this machine reaches what listens there: a wildcard host becomes loopback. */
export function reachableFromHere({ host, port }: HostPort): HostPort {
  if (host === '0.0.0.0') return { host: '127.0.0.1', port };
  return host === '::' ? { host: '::1', port } : { host, port };
}

/** `http://127.0.0.1:8085`, for instance. */
export function urlOf(scheme: string, address: HostPort): string {
  return `${scheme}://${formatHostPort(address)}`;
}

/** The URL without what a password might be in: for banners and logs. */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (parsed.username === '' && parsed.password === '') return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
