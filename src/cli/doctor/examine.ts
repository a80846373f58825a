/** All that the doctor looks at, in the order in which it tells. */

import { systemClock } from '../node/system-clock.js';
import type { NodeSettings } from '../node-settings.js';
import { askPeer } from './ask-peers.js';
import { checkBroker } from './check-broker.js';
import { checkClock } from './check-clock.js';
import { checkDisk } from './check-disk.js';
import { checkNode } from './check-node.js';
import { checkPeers } from './check-peers.js';
import { checkPorts } from './check-ports.js';
import type { Finding } from './finding.js';

/** Changes nothing, and asks nodes nothing that they would keep. */
export async function examine(settings: NodeSettings): Promise<readonly Finding[]> {
  const clock = systemClock(settings.clock);
  const others = settings.peers.filter(({ company }) => company !== settings.company);
  const [{ findings: ports, self }, peers, broker, disk] = await Promise.all([
    checkPorts(settings),
    Promise.all(others.map(askPeer)),
    checkBroker(settings.mqttBroker),
    checkDisk(settings),
  ]);
  // Asked once more, for what came in with others says when they were done.
  const told = await Promise.all((self === null ? peers : [self, ...peers]).filter(isThere).map(askPeer));
  return [
    checkNode(process.versions.node),
    ...ports,
    ...checkPeers(settings, peers, self),
    ...broker,
    ...disk,
    checkClock(settings, told, clock.wallMs()),
  ];
}

function isThere({ identity }: { readonly identity: unknown }): boolean {
  return identity !== null;
}
