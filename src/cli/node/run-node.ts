/**
 * The composition root of a node: opens its directory, its ports and its doors, finds its mesh, runs its replica,
 * registers its points, and takes all of it down again in the opposite order.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ledgerCodec } from '../../codec/ledger-codec.js';
import { PeerServiceService } from '../../gen/malha/mesh/v1/peer.js';
import type { Logger } from '../../observe/logger.js';
import type { Identity } from '../../replica/frame.js';
import { MeshGate } from '../../replica/gate.js';
import type { Mesh } from '../../replica/mesh.js';
import { openReplica } from '../../replica/open-replica.js';
import { GrpcServer } from '../../rpc/grpc-server.js';
import { type DataSet, loadDataSet } from '../../seed/data-set.js';
import { registerOwn } from '../../seed/register-own.js';
import { FreeSpaceGauge } from '../../storage/free-space-gauge.js';
import { LevelLogStore } from '../../storage/level-log-store.js';
import { LevelStateStore } from '../../storage/level-state-store.js';
import { openReplicaDirectory, type ReplicaDirectory } from '../../storage/replica-directory.js';
import { GrpcTransport } from '../../transport/grpc-transport.js';
import { formatHostPort } from '../host-port.js';
import type { NodeSettings } from '../node-settings.js';
import { foundMesh } from './found-mesh.js';
import { openDoors } from './node-doors.js';
import { RunningReplica } from './running-replica.js';
import { systemClock } from './system-clock.js';

const GRPC_GRACE_MS = 500;
const LOOK_AGAIN_MS = 20;

export interface RunningNode {
  readonly urls: { readonly rest: string; readonly grpc: string; readonly mqtt?: string };
  /** Resolves once a leader exists, this replica caught up with it, and its own points are registered. */
  readonly ready: Promise<void>;
  /** Resolves with what makes this node unusable: the process must end (R4). */
  readonly failed: Promise<Error>;
  /** Answers what is under way, hands leadership on, closes everything. */
  close(): Promise<void>;
}

/** Rejects when the directory is refused or damaged, or a port is taken; nothing is left open then. */
export async function startNode(
  settings: NodeSettings,
  { logger }: { readonly logger: Logger },
): Promise<RunningNode> {
  const opened = new Opened();
  try {
    return await openNode(settings, logger, opened);
  } catch (error) {
    await opened.closeAll();
    throw error;
  }
}

/** What is open, closed in the opposite order. */
class Opened {
  private readonly closers: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.closers.push(close);
  }

  async closeAll(): Promise<void> {
    for (let close = this.closers.pop(); close; close = this.closers.pop()) await close();
  }
}

async function openNode(settings: NodeSettings, logger: Logger, opened: Opened): Promise<RunningNode> {
  const dataSet = settings.seed === 'none' ? null : await loadDataSet(settings.seed);
  const disk = await openDisk(settings, logger, opened);
  const identity = (): Identity => ({
    ...disk.directory.identity,
    peerCompanies: settings.peers.map((peer) => peer.company).sort(),
  });
  const { transport, server } = await openGrpc(settings, identity, logger, opened);
  const gate = new MeshGate(
    identity(),
    (bound) => randomInt(bound),
    () => performance.now(),
  );
  let running: RunningReplica | undefined;
  opened.add(() => running?.close());
  const doors = await openDoors(settings, gate, logger);
  opened.add(() => doors.close());

  const stopping = new AbortController();
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });

  const run = async (): Promise<void> => {
    if (identity().cluster === '') {
      await foundMesh({
        identity: identity(),
        identify: (company, timeoutMs) => transport.identify(company, timeoutMs),
        log: disk.log,
        establish: (cluster, founders) => disk.directory.establish(cluster, founders),
        waitsBecause: (why) => gate.waitsBecause(why),
        logger,
        signal: stopping.signal,
      });
      transport.identityChanged();
    }
    // As etcd does: time-outs are counted in heartbeats, so an idle node wakes for nothing else.
    const tickMs = settings.heartbeatMs;
    const replica = await openReplica({
      ...disk,
      identity: identity(),
      timing: { ...settings, tickMs },
      transport,
      snapshots: transport.snapshots,
      compactEntries: settings.compactEntries,
      codec: ledgerCodec,
      clock: systemClock(settings.clock),
      logger,
      random: (bound) => randomInt(bound),
      defer: (turn) => setImmediate(turn),
      fail,
    });
    running = new RunningReplica(replica, tickMs, 2 * settings.electionMs);
    stopping.signal.throwIfAborted();
    gate.open(replica);
    await becomeReady(gate, dataSet, settings, logger, stopping.signal);
    server.serving(true);
  };

  // In the background: a mesh may take its time, and the doors say so meanwhile.
  const ready = run();
  ready.catch((error: unknown) => {
    if (!stopping.signal.aborted) fail(error instanceof Error ? error : new Error(String(error)));
  });
  return {
    urls: {
      rest: doors.rest,
      grpc: server.address,
      ...(doors.mqtt === undefined ? {} : { mqtt: doors.mqtt }),
    },
    ready,
    failed,
    async close() {
      stopping.abort();
      await ready.catch(() => {});
      await opened.closeAll();
    },
  };
}

interface Disk {
  readonly directory: ReplicaDirectory;
  readonly log: LevelLogStore;
  readonly state: LevelStateStore;
  readonly disk: FreeSpaceGauge;
}

async function openDisk(settings: NodeSettings, logger: Logger, opened: Opened): Promise<Disk> {
  const { dataDir, company, diskReserveBytes } = settings;
  const directory = await openReplicaDirectory(dataDir, { company, random: randomBytes });
  const log = await LevelLogStore.open(dataDir, { logger });
  opened.add(() => log.close());
  const state = await LevelStateStore.open(dataDir, { logger });
  opened.add(() => state.close());
  const disk = new FreeSpaceGauge(dataDir, { reserveBytes: diskReserveBytes, logger });
  await disk.start();
  opened.add(() => disk.stop());
  return { directory, log, state, disk };
}

async function openGrpc(
  settings: NodeSettings,
  identity: () => Identity,
  logger: Logger,
  opened: Opened,
): Promise<{ readonly transport: GrpcTransport; readonly server: GrpcServer }> {
  const transport = new GrpcTransport({
    identity,
    peers: settings.peers.filter((peer) => peer.company !== settings.company),
    logger,
    random: Math.random,
    retryBaseMs: settings.retryBaseMs,
    retryCapMs: settings.retryCapMs,
  });
  const server = await GrpcServer.listen({
    address: formatHostPort(settings.grpc),
    services: [{ definition: PeerServiceService, implementation: transport.service() }],
    logger,
  });
  opened.add(() => server.close(GRPC_GRACE_MS));
  opened.add(() => transport.close());
  transport.start();
  return { transport, server };
}

/** Resolves once the mesh has a leader, this replica caught up, and the company's own points are in the ledger. */
async function becomeReady(
  mesh: Mesh,
  dataSet: DataSet | null,
  settings: NodeSettings,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!mesh.status().ready) await sleep(LOOK_AGAIN_MS, undefined, { signal });
  if (dataSet === null) return;
  const { company, requestTimeoutMs } = settings;
  const makeTraceId = (): string => randomBytes(16).toString('hex');
  await registerOwn({ mesh, dataSet, company, logger, requestTimeoutMs, makeTraceId, signal });
  signal.throwIfAborted();
}
