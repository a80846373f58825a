/**
 * What a node shows of its log and of those of the others: lines from the ledger and from the broker, and the streams of
 * all nodes.
 */
import type { GatewayLogs } from '../../gateway/logs.js';
import type { MessageTap } from '../../mqtt/tap.js';
import { logLedger } from '../../observe/ledger-log.js';
import { followRing } from '../../observe/log-follower.js';
import type { Logger } from '../../observe/logger.js';
import { type LogSource, MESH_LOGS_BOUNDS, MeshLogs } from '../../observe/mesh-logs.js';
import { messageLog } from '../../observe/message-log.js';
import type { Mesh } from '../../replica/mesh.js';
import { followNode } from '../../transport/log-client.js';
import type { NodeLog } from '../logging.js';
import type { NodeSettings } from '../node-settings.js';

export interface NodeLogs extends GatewayLogs {
  /** Says of every message at the broker that there was one. */
  readonly tap: MessageTap;
  /** Ends the streams, and what is said of the ledger. */
  close(): void;
}

/** `logger`: what the lines of this node's records go to. From now on every entry that is applied has its line. */
export function openLogs(
  { company, peers, mqttBroker }: Pick<NodeSettings, 'company' | 'peers' | 'mqttBroker'>,
  mesh: Pick<Mesh, 'status' | 'onApplied'>,
  log: NodeLog,
  logger: Logger,
): NodeLogs {
  const here: LogSource = { company, follow: (following, signal) => followRing(log.ring, following, signal) };
  const sources = (): readonly LogSource[] => {
    const addresses = new Map(peers.map((peer) => [peer.company, peer.address]));
    // Where the mesh took somebody in is newer than what the settings say.
    for (const peer of mesh.status().peers)
      if (peer.address !== '') addresses.set(peer.company, peer.address);
    addresses.delete(company);
    return [here, ...[...addresses].map(([other, address]) => sourceAt(other, address))];
  };
  const all = new MeshLogs({ ...MESH_LOGS_BOUNDS, sources });
  const isSaid: NodeLog['isSaid'] = (level) => log.isSaid(level);
  const endLedgerLines = logLedger(mesh, company, logger, isSaid);
  return {
    mesh: all,
    level: log,
    tap: messageLog({ logger, shared: mqttBroker !== undefined, isSaid }),
    close() {
      endLedgerLines();
      all.close();
    },
  };
}

function sourceAt(company: string, address: string): LogSource {
  return { company, follow: (following, signal) => followNode(address, following, signal) };
}
