/**
 * An HTTP proxy before a node that loses answers: the node did what it was asked, the client never hears of it.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LossyProxy {
  readonly url: string;
  /** Answers lost so far. */
  lost(): number;
  close(): Promise<void>;
}

/** `lose` decides for each answered POST by its path and `Idempotency-Key`. */
export async function openLossyProxy(
  target: string,
  lose: (path: string, requestKey: string) => boolean,
): Promise<LossyProxy> {
  let lost = 0;
  const server = createServer((request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    const requestKey = String(headers['idempotency-key'] ?? '');
    const forwarded = {
      'malha-vehicle': String(headers['malha-vehicle']),
      ...(requestKey === '' ? {} : { 'idempotency-key': requestKey }),
    };
    fetch(target + url, { method, headers: forwarded })
      .then(async (answer) => {
        const body = await answer.text();
        if (method === 'POST' && lose(url, requestKey)) {
          lost += 1;
          response.destroy();
          return;
        }
        response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(body);
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost: () => lost,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
