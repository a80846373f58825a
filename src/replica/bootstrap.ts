/**
 * R9: when an empty replica may found a mesh, and when it must wait to be taken in.
 *
 * 1. A mesh is founded only when every peer answers "empty" with the same list of companies. All of them
 *    compute the same cluster id and the same first configuration from the same answers.
 * 2. A replica whose own id stands among the founders or the members of a mesh that a peer knows belongs to it: the id
 *    was made with its directory, and nobody but this empty replica can have told it. A founder's log begins like that
 *    of all founders; who was taken in later has nothing until the leader sends it.
 * 3. A replica that finds a mesh without it (a wiped disk has a new id) never votes: it waits.
 * 4. An empty replica that names founders takes the place of a damaged one of their mesh: that mesh is to go on, and no
 *    other is founded beside it.
 */
import type { ReplicaId } from '../raft/entry.js';
import type { Identity, Introduction, Member } from './frame.js';

export type BootstrapDecision =
  | { readonly kind: 'establish'; readonly cluster: string; readonly founders: readonly Member[] }
  | { readonly kind: 'wait'; readonly why: string };

/** A collision-resistant hash of a text, as hex digits; the same on every node. */
export type HexHash = (text: string) => string;

/** Decides from this replica's identity (empty) and what its peers answered; `null` where one gave no answer. */
export function decideBootstrap(
  self: Identity,
  answers: ReadonlyMap<string, Introduction | null>,
  hash: HexHash,
): BootstrapDecision {
  const known: Introduction[] = [];
  const silent: string[] = [];
  for (const company of self.peerCompanies) {
    if (company === self.company) continue;
    const answer = answers.get(company) ?? null;
    if (answer === null) silent.push(company);
    else known.push(answer);
  }

  const founded = known.filter((peer) => peer.cluster !== '');
  const ours = founded.find(({ founders, members }) =>
    [...founders, ...members].some((member) => member.id === self.replica),
  );
  if (ours) return { kind: 'establish', cluster: ours.cluster, founders: ours.founders };
  if (founded.length > 0) {
    const names = founded.map((peer) => peer.company).join(', ');
    return {
      kind: 'wait',
      why: `${names} already belongs to mesh ${founded[0]!.cluster}, which does not know this replica`,
    };
  }
  const replacing = known.find((peer) => peer.founders.length > 0);
  if (replacing) {
    return { kind: 'wait', why: `${replacing.company} replaces a damaged replica of a mesh that is there` };
  }
  if (silent.length > 0) return { kind: 'wait', why: `no answer yet from ${silent.join(', ')}` };

  const list = self.peerCompanies.join(',');
  const stranger = known.find((peer) => peer.peerCompanies.join(',') !== list);
  if (stranger) {
    return {
      kind: 'wait',
      why: `${stranger.company} lists the companies ${stranger.peerCompanies.join(',')}, this node lists ${list}`,
    };
  }
  const founders = [self, ...known]
    .map((identity): Member => ({ id: identity.replica, company: identity.company, address: '' }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const misnamed = founders.length !== new Set(founders.map((member) => member.company)).size;
  if (misnamed || founders.length !== new Set(founders.map((member) => member.id)).size) {
    return { kind: 'wait', why: 'two peers answered as the same company or replica: check MALHA_PEERS' };
  }
  return { kind: 'establish', cluster: clusterId(founders, hash), founders };
}

/** The id of the mesh that these members found: 16 hex digits, the same wherever it is computed, never all zero. */
export function clusterId(founders: readonly Member[], hash: HexHash): string {
  const text = founders.map((member) => `${member.id}=${member.company}`).join('\n');
  const id = hash(`malha cluster\n${text}`).slice(0, 16);
  return /^0+$/.test(id) ? '0000000000000001' : id;
}

/** The ids of the members, sorted, as the first configuration wants them. */
export function foundingVoters(founders: readonly Member[]): ReplicaId[] {
  return founders.map((member) => member.id).sort();
}
