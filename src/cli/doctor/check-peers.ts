/**
 * Whether the other nodes of the mesh answer where the settings say, and are who the settings say.
 *
 * A silent one is worth a look; so many that those who answer are no majority are a fault.
 */
import type { NodeSettings } from '../node-settings.js';
import type { PeerAnswer } from './ask-peers.js';
import { type Finding, finding } from './finding.js';

/** `answers`: of all other companies. `self`: of the own node, null when it does not run. */
export function checkPeers(
  { peers }: Pick<NodeSettings, 'peers'>,
  answers: readonly PeerAnswer[],
  self: PeerAnswer | null,
): readonly Finding[] {
  if (answers.length === 0) return [finding('peers', 'ok', 'this node is a mesh of its own')];
  const present = answers.filter(({ identity, company }) => identity?.company === company).length;
  const majority = Math.floor(peers.length / 2) + 1;
  const enough = present + 1 >= majority;
  return [
    ...answers.map((answer) => checkPeer(answer, enough)),
    ...checkMeshes(self === null ? answers : [self, ...answers]),
    ...(enough
      ? []
      : [
          finding(
            'peers',
            'fault',
            `with this node ${present + 1} of ${peers.length} are there, and ${majority} are needed`,
          ),
        ]),
  ];
}

function checkPeer({ company, address, identity, fault }: PeerAnswer, enough: boolean): Finding {
  if (identity === null) {
    return finding('peers', enough ? 'note' : 'fault', `${company} at ${address} does not answer: ${fault}`);
  }
  if (identity.company !== company) {
    return finding(
      'peers',
      'fault',
      `at ${address} answers ${identity.company}, not ${company}: check MALHA_PEERS`,
    );
  }
  const mesh = identity.cluster === '' ? 'waits for a mesh' : `of mesh ${identity.cluster}`;
  return finding('peers', 'ok', `${company} at ${address} answers: replica ${identity.replica}, ${mesh}`);
}

/** Replicas of two meshes never talk to each other. */
function checkMeshes(answers: readonly PeerAnswer[]): readonly Finding[] {
  const meshes = new Map<string, string[]>();
  for (const { identity } of answers) {
    if (identity === null || identity.cluster === '') continue;
    meshes.set(identity.cluster, [...(meshes.get(identity.cluster) ?? []), identity.company]);
  }
  if (meshes.size < 2) return [];
  const told = [...meshes].map(([mesh, companies]) => `${companies.join(', ')} of ${mesh}`);
  return [finding('peers', 'fault', `the nodes belong to different meshes: ${told.join('; ')}`)];
}
