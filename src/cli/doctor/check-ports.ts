/**
 * Whether a node can listen where its settings say: the ports are free, or it is the node itself that has them.
 */
import { formatHostPort, reachableFromHere } from '../host-port.js';
import type { HostPort, NodeSettings } from '../node-settings.js';
import { takenAmong } from '../ports.js';
import { askPeer, type PeerAnswer } from './ask-peers.js';
import { type Finding, finding, messageOf } from './finding.js';

export interface PortFindings {
  readonly findings: readonly Finding[];
  /** The node of these settings, if it runs; else null. */
  readonly self: PeerAnswer | null;
}

export async function checkPorts(settings: NodeSettings): Promise<PortFindings> {
  const { company, rest, grpc, mqtt } = settings;
  const asked = await askPeer({ company, address: formatHostPort(reachableFromHere(grpc)) });
  const self = asked.identity?.company === company ? asked : null;
  const listeners = [
    { name: 'rest', address: rest },
    { name: 'grpc', address: grpc },
    ...(mqtt === 'off' ? [] : [{ name: 'mqtt', address: mqtt }]),
  ];
  const findings = await Promise.all(listeners.map((each) => checkPort(each.name, each.address, self)));
  return { findings, self };
}

async function checkPort(name: string, address: HostPort, self: PeerAnswer | null): Promise<Finding> {
  const shown = formatHostPort(address);
  try {
    const [taken] = await takenAmong([address]);
    if (taken === undefined) {
      return self === null
        ? finding('ports', 'ok', `${name}: ${shown} is free`)
        : finding(
            'ports',
            'fault',
            `${name}: the node runs, yet does not listen at ${shown}: other settings?`,
          );
    }
    if (self !== null) return finding('ports', 'ok', `${name}: ${shown} is the running node's`);
    return finding('ports', 'fault', `${name}: ${shown} is taken: choose another with --${name} HOST:PORT`);
  } catch (error) {
    return finding('ports', 'fault', `${name}: nobody can listen at ${shown}: ${messageOf(error)}`);
  }
}
