/**
 * Who is who in a demo: the companies, their addresses and their directories.
 */
import { join } from 'node:path';
import { formatHostPort, urlOf } from '../host-port.js';
import type { HostPort } from '../node-settings.js';

export const DEMO_COMPANIES_MAX = 9;

const HOST = '127.0.0.1';
const FIRST_PORT = { rest: 8085, grpc: 9085, mqtt: 1883 } as const;

export interface DemoNode {
  readonly company: string;
  readonly rest: HostPort;
  readonly grpc: HostPort;
  readonly mqtt: HostPort;
  readonly restUrl: string;
  readonly brokerUrl: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly logFile: string;
}

/** Company k gets REST 8085+k, gRPC 9085+k, MQTT 1883+k; the first are those of the data set, further ones own no points. */
export function layOut(
  count: number,
  companiesOfData: readonly string[],
  directory: string,
): readonly DemoNode[] {
  return Array.from({ length: count }, (_, k) => {
    const company = companiesOfData[k] ?? `empresa_${String.fromCharCode('a'.charCodeAt(0) + k)}`;
    const rest = { host: HOST, port: FIRST_PORT.rest + k };
    const mqtt = { host: HOST, port: FIRST_PORT.mqtt + k };
    return {
      company,
      rest,
      grpc: { host: HOST, port: FIRST_PORT.grpc + k },
      mqtt,
      restUrl: urlOf('http', rest),
      brokerUrl: urlOf('mqtt', mqtt),
      dataDir: join(directory, company),
      logFile: join(directory, `${company}.log`),
    };
  });
}

/** The flags of one node's process; `shared` are those that all nodes have in common. */
export function nodeArguments(
  node: DemoNode,
  all: readonly DemoNode[],
  shared: readonly string[],
): readonly string[] {
  const peers = all.map(({ company, grpc }) => `${company}=${formatHostPort(grpc)}`);
  return [
    `--company=${node.company}`,
    `--rest=${formatHostPort(node.rest)}`,
    `--grpc=${formatHostPort(node.grpc)}`,
    `--mqtt=${formatHostPort(node.mqtt)}`,
    `--peers=${peers.join(',')}`,
    `--data=${node.dataDir}`,
    ...shared,
  ];
}
