/**
 * A real node whose disk fails once, under strace: the process ends, and what it had answered is there when it starts again
 * (D1, D2).
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { whyNoTrace } from '../storage/traced-process.js';
import { eventually } from '../support/eventually.js';
import { NodeProcess, ProcessMesh } from '../support/node-process.js';
import { post } from './client.js';

const TEST = { timeout: 60_000 };
const CAR = { 'Malha-Vehicle': 'car' };

let mesh: ProcessMesh;
let failing: NodeProcess | null = null;

beforeEach(async () => {
  mesh = await ProcessMesh.start(1, ['--election-ms', '200', '--heartbeat-ms', '20']);
  await mesh.registered();
});
afterEach(async () => {
  await failing?.end('SIGKILL');
  failing = null;
  await mesh.stop();
});

/** `node`'s process on a disk on which the system call `fault` fails, the twelfth time it is asked of the mark. */
function onFailingDisk(node: NodeProcess, fault: string): NodeProcess {
  const trace = join(mesh.directory, 'trace');
  const call = fault.split(':')[0]!;
  const launcher = [
    'strace',
    '-D',
    '-f',
    '--seccomp-bpf',
    '-qq',
    '-o',
    trace,
    '-P',
    join(node.dataDirectory, 'mark'),
  ];
  launcher.push('-e', `trace=${call}`, '-e', `inject=${fault}:when=12`);
  return new NodeProcess(node.company, node.ports, node.args, node.dataDirectory, launcher);
}

describe('a real node', () => {
  it.for([
    ['a disk that is full for a moment (D1)', 'pwrite64:error=ENOSPC', /ENOSPC|no space left/i],
    ['a sync that fails once (D2)', 'fdatasync:error=EIO', /EIO|i\/o error/i],
  ] as const)(
    'ends with %s, and has all that it answered when it starts again',
    TEST,
    async ([, fault, why], context) => {
      const noTrace = await whyNoTrace();
      if (noTrace !== null) context.skip(noTrace);
      const [node] = mesh.nodes as [NodeProcess];
      expect(await node.end('SIGTERM')).toBe(0);
      failing = onFailingDisk(node, fault);
      failing.start();
      await failing.ready();
      const answered = new Map<string, string | null>();
      for (let k = 0; failing.running && k < 500; k += 1) {
        const path = `/${k % 2 === 0 ? 'reserve-points' : 'cancel-reservation'}/1`;
        const key = `"key-${k}"`;
        const asked = await post(failing, path, { ...CAR, 'Idempotency-Key': key }).catch(() => null);
        if (asked?.status === 200) answered.set(`${path} ${key}`, asked.headers.get('Malha-Index'));
      }
      expect(await failing.ended()).toBe(1);
      expect(failing.errorLines.join('\n')).toMatch(why);
      expect(answered.size).toBeGreaterThan(3);

      node.start();
      await node.ready();
      for (const [request, index] of answered) {
        const [path, key] = request.split(' ') as [string, string];
        const again = await eventually(async () => {
          const asked = await post(node, path, { ...CAR, 'Idempotency-Key': key });
          return asked.status === 200 ? asked : false;
        });
        expect(again.headers.get('Malha-Index'), request).toBe(index);
      }
      await rm(join(mesh.directory, 'trace'), { force: true });
    },
  );
});
