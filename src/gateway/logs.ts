/** The log as the gateway shows it: the lines of all nodes, and how much this one says. */
import type { LogLevel, LogSwitch } from '../observe/log-level.js';
import { MESH_LOGS_BOUNDS, MeshLogs } from '../observe/mesh-logs.js';

export interface GatewayLogs {
  /** Closed with the gateway. */
  readonly mesh: MeshLogs;
  readonly level: LogSwitch;
}

/** Of a node that keeps no lines. */
export function noLogs(): GatewayLogs {
  let level: LogLevel = 'info';
  return {
    mesh: new MeshLogs({ ...MESH_LOGS_BOUNDS, sources: () => [] }),
    level: {
      level: () => level,
      setLevel(next) {
        level = next;
      },
    },
  };
}
