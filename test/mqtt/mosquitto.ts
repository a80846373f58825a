/**
 * Debian's Mosquitto on a free port with a configuration of its own, where it is installed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-ports.js';

const MOSQUITTO = '/usr/sbin/mosquitto';

/** Why tests with Mosquitto cannot run here; null when they can. */
export const NO_MOSQUITTO = existsSync(MOSQUITTO) ? null : `${MOSQUITTO} is not installed`;

export interface RunningMosquitto {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startMosquitto(port?: number): Promise<RunningMosquitto> {
  const listenPort = port ?? (await freePort());
  const directory = await mkdtemp(join(tmpdir(), 'malha-mosquitto-'));
  const config = join(directory, 'mosquitto.conf');
  // Its default limits acknowledge messages and then drop them.
  const limits = 'max_inflight_messages 0\nmax_queued_messages 0\n';
  await writeFile(
    config,
    `listener ${listenPort} 127.0.0.1\nallow_anonymous true\npersistence false\n${limits}`,
  );
  const child = spawn(MOSQUITTO, ['-c', config], { stdio: 'ignore' });
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await eventually(() => answers(listenPort));
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: listenPort, stop };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill();
  });
}
