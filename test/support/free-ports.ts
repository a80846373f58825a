/**
 * Ports of loopback for processes that are started, ended and started again on them. They lie below those that the
 * kernel gives to outgoing connections: one of these may take a port while the process that listens on it is down.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const FIRST = 10_000;
/** Linux begins outgoing connections at 32,768. */
const BEYOND = 32_000;

/** So many ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  // Each stays open until all are found, so that none comes twice.
  while (servers.length < count) {
    const server = await listenOn(randomInt(FIRST, BEYOND));
    if (server !== null) servers.push(server);
  }
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** One such port. */
export async function freePort(): Promise<number> {
  return (await freePorts(1))[0]!;
}

async function listenOn(port: number): Promise<Server | null> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return null;
  }
}
