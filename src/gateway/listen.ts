/**
 * Opens the gateway's port, apart from building it, so that tests need none.
 */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { listenFault } from '../doors/address-in-use.js';

/** Listens on `host:port` (0: any free one) and says which port it is. Rejects with AddressInUse when it is taken. */
export async function listenGateway(app: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenFault(error, host, port);
  }
  return (app.server.address() as AddressInfo).port;
}
