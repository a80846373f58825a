/**
 * What grpc.health.v1 says of a node that has become ready: what `/readyz` says, looked at every half second. Balancers ask
 * it, and shall send nobody to a node that lost its leader or fell behind.
 */
import type { GrpcServer } from '../../rpc/grpc-server.js';

const LOOK_MS = 500;

/** Says that the node serves, and from then on whether it does, until `signal` aborts. */
export function tellHealth(
  server: Pick<GrpcServer, 'serving'>,
  isReady: () => boolean,
  signal: AbortSignal,
): void {
  if (signal.aborted) return;
  let serving = true;
  server.serving(serving);
  const timer = setInterval(() => {
    if (isReady() === serving) return;
    serving = !serving;
    server.serving(serving);
  }, LOOK_MS);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
