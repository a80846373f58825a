/**
 * Whether nobody listens at an address any more: the sign that a process which broke off a connection has ended, and
 * was not merely cut off, paused or slow.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** `cut off`: taken, and broken off without a word. */
type Outcome = 'refused' | 'answered' | 'cut off' | 'unknown';

/** How long one connect may take, and then a server to say something. Only a refusal counts, and that is quick. */
const ANSWER_MS = 500;
/**
 * A process that dies closes its sockets one after the other, and the kernel goes on taking connections for the one that
 * listens until its turn comes; then it resets them. So who was cut off looks again, a few times.
 */
const TRIES_MAX = 5;
const AGAIN_MS = 5;

/** True when a connect to `address` (host:port) is refused (ECONNREFUSED). Never rejects; `signal` ends it with false. */
export async function isNobodyThere(address: string, signal: AbortSignal): Promise<boolean> {
  for (let tries = 1; tries <= TRIES_MAX && !signal.aborted; tries += 1) {
    const outcome = await dial(address, signal);
    if (outcome !== 'cut off') return outcome === 'refused';
    await sleep(AGAIN_MS);
  }
  return false;
}

async function dial(address: string, signal: AbortSignal): Promise<Outcome> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const socket = connect({ host, port: Number(address.slice(colon + 1)) });
  const giveUp = (): void => void socket.destroy();
  signal.addEventListener('abort', giveUp);
  const timer = setTimeout(giveUp, ANSWER_MS);
  try {
    return await outcomeOf(socket);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
    socket.destroy();
  }
}

function outcomeOf(socket: Socket): Promise<Outcome> {
  return new Promise((resolve) => {
    // An HTTP/2 server speaks first, at once: what is silent may be stopped, and is not known to be gone.
    socket.once('data', () => resolve('answered'));
    socket.once('end', () => resolve('cut off'));
    socket.on('error', (error) => {
      if (isRefusal(error)) resolve('refused');
      else resolve(codeOf(error) === 'ECONNRESET' ? 'cut off' : 'unknown');
    });
    socket.once('close', () => resolve('unknown'));
  });
}

/** A name with several addresses counts as refused only when each of them refused. */
function isRefusal(error: Error): boolean {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  return errors.length > 0 && errors.every((one) => codeOf(one) === 'ECONNREFUSED');
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
