/**
 * The composition root of a node: opens its directory, its ports and its doors, finds its mesh, runs its replica,
 * registers its points, and takes all of it down again in the opposite order.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ledgerCodec } from '../../codec/ledger-codec.js';
import { MemberServiceService } from '../../gen/malha/mesh/v1/member.js';
import { PeerServiceService } from '../../gen/malha/mesh/v1/peer.js';
import { LEDGER_VERSION } from '../../ledger/version.js';
import type { MessageTap } from '../../mqtt/tap.js';
import type { LogRing } from '../../observe/log-ring.js';
import type { Logger } from '../../observe/logger.js';
import type { Identity, Introduction } from '../../replica/frame.js';
import { MeshGate } from '../../replica/gate.js';
import type { Members } from '../../replica/member-requests.js';
import type { Mesh } from '../../replica/mesh.js';
import { openLedger } from '../../replica/open-replica.js';
import { Replica } from '../../replica/replica.js';
import type { EndedCall } from '../../rpc/call-meter.js';
import { clientServices } from '../../rpc/client-services.js';
import { GrpcServer } from '../../rpc/grpc-server.js';
import { logService } from '../../rpc/log-service.js';
import { MemberService } from '../../rpc/member-service.js';
import { type DataSet, loadDataSet } from '../../seed/data-set.js';
import { registerOwn } from '../../seed/register-own.js';
import { FreeSpaceGauge } from '../../storage/free-space-gauge.js';
import { Backoff } from '../../transport/backoff.js';
import { GrpcTransport } from '../../transport/grpc-transport.js';
import { formatHostPort } from '../host-port.js';
import type { NodeLog } from '../logging.js';
import type { NodeSettings } from '../node-settings.js';
import { inProduction } from '../world.js';
import { askReplacementOver } from './ask-replacement.js';
import { foundMesh } from './found-mesh.js';
import { openDoors } from './node-doors.js';
import { openFiles } from './node-files.js';
import { openLogs } from './node-logs.js';
import { Observing } from './observing.js';
import { identityOn, openDisk, type SoundDisk } from './open-disk.js';
import { type AskingWorld, finishReplacement, replaceDamaged } from './replace-itself.js';
import { RunningReplica } from './running-replica.js';
import { stayInTouch } from './stay-in-touch.js';
import { systemClock } from './system-clock.js';
import { tellHealth } from './tell-health.js';

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
export async function startNode(settings: NodeSettings, log: NodeLog): Promise<RunningNode> {
  const opened = new Opened();
  try {
    return await openNode(settings, log, new Observing(settings, log.logger), opened);
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

async function openNode(
  settings: NodeSettings,
  log: NodeLog,
  observing: Observing,
  opened: Opened,
): Promise<RunningNode> {
  const { logger, metrics } = observing;
  const dataSet = settings.seed === 'none' ? null : await loadDataSet(settings.seed);
  let disk = await openDisk(settings, logger);
  opened.add(() => disk.close());
  await observing.start();
  opened.add(() => observing.stop());
  const gauge = new FreeSpaceGauge(settings.dataDir, { reserveBytes: settings.diskReserveBytes, logger });
  await gauge.start();
  opened.add(() => gauge.stop());
  const trailGaps = () => (disk.kind === 'sound' ? disk.trail.gaps.length : null);
  metrics.ask({ disk: gauge, trailGaps });
  const peerCompanies = settings.peers.map((peer) => peer.company).sort();
  const identity = (): Identity => ({
    ...identityOn(disk),
    peerCompanies,
  });
  let known: Pick<Introduction, 'members' | 'membersIndex'> = { members: [], membersIndex: 0 };
  const introduction = (): Introduction => ({
    ...{ ...identity(), ...known },
    understands: LEDGER_VERSION,
  });
  const gate = new MeshGate(
    identity(),
    (bound) => randomInt(bound),
    () => performance.now(),
  );
  const mesh = observing.meter(gate);
  let members: Members | null = null;
  // Peers may speak as soon as the server listens.
  let introduced: (peer: Introduction) => void = () => {};
  const { transport, server } = await openGrpc(settings, logger, opened, {
    identity: introduction,
    introduced: (peer) => introduced(peer),
    mesh,
    members: () => members,
    ended: (call) => metrics.doors.callEnded(call),
    lines: log.ring,
  });
  metrics.ask({ links: () => transport.links() });
  // A peer said who is a member. What it knows beyond this replica counts until that knows it, too.
  introduced = (peer) => {
    const { cluster, replica } = identity();
    if (cluster === '' || peer.cluster !== cluster) return;
    members?.heard(peer);
    const isMember = peer.members.some(({ id }) => id === replica);
    if (isMember && peer.membersIndex > known.membersIndex) transport.membersChanged(peer.members);
  };
  let running: RunningReplica | undefined;
  opened.add(() => running?.close());
  opened.add(() => server.leave());
  const files = openFiles(settings, gate, logger, metrics.registry);
  opened.add(() => files?.close());
  const logs = openLogs(settings, gate, log, logger);
  opened.add(() => logs.close());
  const taps: readonly MessageTap[] = [observing.tap, logs.tap, ...(files === undefined ? [] : [files.tap])];
  const doors = await openDoors(settings, mesh, logger, taps, observing.observed, logs);
  metrics.ask({ mqttClients: () => doors.mqttClients() });
  opened.add(() => doors.close());

  const stopping = new AbortController();
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });

  const { signal } = stopping;
  const failUnlessStopping = (error: unknown): void => {
    if (!signal.aborted) fail(error instanceof Error ? error : new Error(String(error)));
  };
  const others = settings.peers.filter((peer) => peer.company !== settings.company);
  const { retryBaseMs, retryCapMs } = settings;
  const asking: AskingWorld = {
    companies: others.map((peer) => peer.company),
    askReplacement: askReplacementOver(others, settings.company),
    backoff: () => new Backoff({ baseMs: retryBaseMs, capMs: retryCapMs, random: Math.random }),
    logger,
    signal,
  };

  /** The disk, once the replica on it belongs to a mesh. */
  const belonging = async (): Promise<SoundDisk> => {
    const identify = (company: string, timeoutMs: number) => transport.identify(company, timeoutMs);
    const waitsBecause = (why: string): void => gate.waitsBecause(why);
    while (disk.kind === 'damaged') {
      await replaceDamaged(disk, { ...asking, identify, waitsBecause });
      disk = await openDisk(settings, logger);
      transport.identityChanged();
    }
    const { directory, log } = disk;
    if (directory.identity.cluster === '') {
      const establish: typeof directory.establish = (cluster, founders) =>
        directory.establish(cluster, founders);
      await foundMesh({ identity: identity(), identify, log, establish, waitsBecause, logger, signal });
      transport.identityChanged();
    }
    return disk;
  };

  const run = async (): Promise<void> => {
    const { directory, log, state, trail, ledger } = await belonging();
    // As etcd does: time-outs are counted in heartbeats, so an idle node wakes for nothing else.
    const tickMs = settings.heartbeatMs;
    const replica = new Replica({
      ...{ log: metrics.disk.meterLog(log, () => performance.now()), state, trail, disk: gauge },
      ledger: ledger ?? (await openLedger(log, state, logger)),
      identity: identity(),
      timing: { ...settings, tickMs },
      transport: metrics.peers.meter(transport),
      snapshots: metrics.disk.meterSnapshots(transport.snapshots),
      trails: transport.trails,
      compactEntries: settings.compactEntries,
      codec: ledgerCodec,
      clock: systemClock(settings.clock),
      logger,
      random: (bound) => randomInt(bound),
      defer: (turn) => setImmediate(turn),
      after: (delayMs, run) => {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
      onMembers: (members, membersIndex) => {
        known = { members, membersIndex };
        transport.membersChanged(members);
      },
      onLeadership: (soft) => metrics.raft.leadership(soft),
      fail,
    });
    metrics.ask({ figures: () => replica.figures() });
    running = new RunningReplica(replica, tickMs, 2 * settings.electionMs);
    signal.throwIfAborted();
    gate.open(replica);
    members = replica.members;
    void stayInTouch({
      companies: asking.companies,
      identify: (company, timeoutMs) => transport.identify(company, timeoutMs),
      status: () => replica.status(),
      heard: (peer) => introduced(peer),
      signal,
    });
    finishReplacement(directory, () => replica.status(), asking).catch(failUnlessStopping);
    await becomeReady(gate, dataSet, settings, logger, signal);
    tellHealth(server, () => replica.status().ready, signal);
  };

  // In the background: a mesh may take its time, and the doors say so meanwhile.
  const ready = run();
  ready.catch(failUnlessStopping);
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

interface GrpcWorld {
  readonly identity: () => Introduction;
  readonly introduced: (peer: Introduction) => void;
  readonly mesh: Mesh;
  /** Of the replica, once it runs. */
  readonly members: () => Members | null;
  readonly ended: (call: EndedCall) => void;
  /** The last of this node's log. */
  readonly lines: LogRing;
}

async function openGrpc(
  settings: NodeSettings,
  logger: Logger,
  opened: Opened,
  { identity, introduced, mesh, members, ended, lines }: GrpcWorld,
): Promise<{ readonly transport: GrpcTransport; readonly server: GrpcServer }> {
  const transport = new GrpcTransport({
    identity,
    introduced,
    peers: settings.peers.filter((peer) => peer.company !== settings.company),
    logger,
    random: Math.random,
    retryBaseMs: settings.retryBaseMs,
    retryCapMs: settings.retryCapMs,
  });
  const memberService = new MemberService({
    ...{ status: () => mesh.status(), members, logger },
    addressOf: (replica) => transport.addressOf(replica),
    identifyAt: (peer, timeoutMs) => transport.identifyAt(peer, timeoutMs),
    addressOfCompany: (company) => settings.peers.find((peer) => peer.company === company)?.address,
  });
  const server = await GrpcServer.listen({
    address: formatHostPort(settings.grpc),
    services: [
      { definition: PeerServiceService, implementation: transport.service(), unmetered: true },
      { definition: MemberServiceService, implementation: memberService.implementation() },
      { ...logService(lines), unmetered: true },
      ...clientServices({ ...settings, mesh, logger, random: randomBytes, reflection: !inProduction() }),
    ],
    logger,
    ended,
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
