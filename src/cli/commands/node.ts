/**
 * `malha node`: around a node, what a process owes its user: settings, log, banner, signals, exit codes.
 *
 * 1. "ready" is said once, when the node says so.
 * 2. A bug or a failed write ends the process with 1; nothing is acknowledged after it (R4).
 */
import { AddressInUse } from '../../doors/address-in-use.js';
import { formatHostPort, withoutPassword } from '../host-port.js';
import { makeNodeLog, type NodeLog } from '../logging.js';
import { startNode } from '../node/run-node.js';
import type { NodeSettings } from '../node-settings.js';
import { resolveNodeSettings } from '../settings.js';
import { aborted, listenForStop } from '../stop-signals.js';
import { EXIT_FAILED, EXIT_OK, type Flags, packagedSeed, say, sayFaults, settingsWorld } from '../world.js';

/** A node that takes longer to hand over and drain is ended as it is; its log on disk is complete. */
const CLOSE_TIMEOUT_MS = 15_000;

/** Runs a node until it is asked to end or fails; returns the exit code. */
export async function nodeCommand(flags: Flags): Promise<number> {
  const resolved = resolveNodeSettings(settingsWorld(flags), packagedSeed());
  if (!resolved.ok) return sayFaults(resolved.faults);
  const { settings } = resolved;
  const onTerminal = process.stdout.isTTY === true;
  const log = makeNodeLog(settings.logLevel, settings.company, onTerminal);
  for (const warning of resolved.warnings) log.logger.warn({}, warning);
  log.logger.debug({ sources: resolved.sources }, 'settings');
  endOnBugs(log);

  const stop = listenForStop();
  const fail = (message: string) => {
    log.logger.error({}, message);
    if (!onTerminal) say(`malha: ${message}`);
    return EXIT_FAILED;
  };

  let node: Awaited<ReturnType<typeof startNode>>;
  try {
    node = await startNode(settings, log);
  } catch (error) {
    return fail(startFault(error, settings));
  }
  const failed = node.failed.then(
    (error: unknown) => ({ error }),
    (error: unknown) => ({ error }),
  );
  node.ready.then(
    () => announceReady(node.urls, settings, log, onTerminal),
    () => {}, // A node that never becomes ready has failed, and says so there.
  );

  const failure = await Promise.race([aborted(stop.signal), failed]);
  if (failure !== undefined) return fail(`the node failed: ${messageOf(failure.error)}`);
  log.logger.info({}, 'ending');
  const closed = await Promise.race([node.close().then(() => true), timeout(CLOSE_TIMEOUT_MS)]);
  return closed ? EXIT_OK : fail(`not closed within ${CLOSE_TIMEOUT_MS} ms`);
}

function announceReady(
  urls: Readonly<Record<string, string | undefined>>,
  settings: NodeSettings,
  log: NodeLog,
  onTerminal: boolean,
): void {
  const shown = Object.entries(urls).flatMap(([name, url]) =>
    url === undefined ? [] : [[name, withoutPassword(url)] as const],
  );
  if (!onTerminal) {
    log.announce({ company: settings.company, ...Object.fromEntries(shown), pid: process.pid }, 'ready');
    return;
  }
  say('');
  say(`  ${settings.companyName ?? settings.company} is ready`);
  for (const [name, url] of shown) say(`  ${name.padEnd(5)} ${url}`);
  say(`  data  ${settings.dataDir}`);
  say('');
}

/** What could not be had, and the flag that asks for something else. */
function startFault(error: unknown, settings: NodeSettings): string {
  if (!(error instanceof AddressInUse)) return `cannot start: ${messageOf(error)}`;
  const address = formatHostPort(error);
  const flag = (['rest', 'grpc', 'mqtt'] as const).find((name) => {
    const listener = settings[name];
    return listener !== 'off' && formatHostPort(listener) === address;
  });
  return `port ${error.port} is taken (${address})${flag ? `: choose another with --${flag} HOST:PORT` : ''}`;
}

/** A bug leaves the process in no known state: it says so and ends, and the restart reads the disk. */
function endOnBugs(log: NodeLog): void {
  const end = (kind: string) => (error: unknown) => {
    log.logger.error({ err: error, kind }, `bug: ${messageOf(error)}`);
    process.exit(EXIT_FAILED);
  };
  process.on('uncaughtException', end('uncaughtException'));
  process.on('unhandledRejection', end('unhandledRejection'));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function timeout(delayMs: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), delayMs));
}
