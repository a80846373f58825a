/** What the load reaches against a server that decides nothing: no peer can be measured above it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LoadProcess } from './load-process.mjs';
import { measure } from './measure.mjs';

const PROGRAM = fileURLToPath(new URL('load/empty-server.mjs', import.meta.url));
const CLIENTS = 64;
const DOORS = [
  ['malha-rest', 'http'],
  ['malha-unary', 'grpc'],
  ['malha-stream', 'grpc'],
];

export async function ceilings({ measureMs, connectionsPerNode }) {
  const found = [];
  for (const [driver, protocol] of DOORS) {
    const server = spawn(process.execPath, [PROGRAM, protocol], { stdio: ['pipe', 'pipe', 'inherit'] });
    const load = new LoadProcess();
    try {
      const [port] = await once(server.stdout, 'data');
      const targets = Array.from({ length: 3 }, () => ({ host: '127.0.0.1', port: Number(port) }));
      const job = { driver, targets, connectionsPerNode, clients: CLIENTS, operation: 'write' };
      found.push({ system: driver, ...(await measure(load, { ...job, measureMs }, [server])) });
    } finally {
      load.stop();
      server.kill('SIGKILL');
    }
  }
  return found;
}
