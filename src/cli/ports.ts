/**
 * Whether addresses can be listened on, asked before anything is started.
 */
import { createServer } from 'node:net';
import type { HostPort } from './node-settings.js';

/** Those of `addresses` that something else listens on already. */
export async function takenAmong<A extends HostPort>(addresses: readonly A[]): Promise<readonly A[]> {
  const taken = await Promise.all(addresses.map(isTaken));
  return addresses.filter((_, position) => taken[position]);
}

function isTaken({ host, port }: HostPort): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(true);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(false)));
  });
}
