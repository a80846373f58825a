/**
 * The links of a replica: to whom its settings name, and to members whose address the mesh tells, as they come and go.
 *
 * 1. One link for each company and address: what the settings say of a company is tried whatever the mesh says, and while
 *    one replica of a company takes the place of another, both are reached.
 * 2. A link to who is no member any more is closed after a while, in which the last words still arrive. A replica that is
 *    no member itself closes none: it knows too little.
 */
import type { ReplicaId } from '../raft/entry.js';
import type { Identity, Member } from '../replica/frame.js';
import type { PeerAddress, PeerLink } from './peer-link.js';

export interface LinkTableOptions {
  readonly self: () => ReplicaId;
  /** What the settings name: the other companies; each at most once. */
  readonly peers: readonly PeerAddress[];
  readonly makeLink: (peer: PeerAddress) => PeerLink;
  /** How long a link stays that is not needed any more. */
  readonly lingerMs: number;
}

export class LinkTable {
  readonly #options: LinkTableOptions;
  /** By company and address. */
  readonly #links = new Map<string, PeerLink>();
  readonly #lingering = new Map<string, NodeJS.Timeout>();
  readonly #closing = new Set<Promise<void>>();
  #started = false;
  #closed = false;

  /** Throws an Error when a company is named twice. */
  constructor(options: LinkTableOptions) {
    this.#options = options;
    if (new Set(options.peers.map(({ company }) => company)).size < options.peers.length) {
      throw new Error('a company is named twice among the peers');
    }
    for (const peer of options.peers) this.#open(peer);
  }

  /** Starts to dial all of them, and all that come later. */
  start(): void {
    this.#started = true;
    for (const link of this.all()) link.start();
  }

  all(): readonly PeerLink[] {
    return [...this.#links.values()];
  }

  /** The link that reaches `replica` now. */
  to(replica: ReplicaId): PeerLink | undefined {
    for (const link of this.#links.values()) if (link.reaches === replica) return link;
    return undefined;
  }

  /** Where the settings say that `company` is; else where a link leads that is for it. */
  addressOf(company: string): string | undefined {
    const named = this.#options.peers.find((peer) => peer.company === company);
    return (named ?? this.all().find(({ peer }) => peer.company === company)?.peer)?.address;
  }

  /** A replica asked who we are, and said who it is. */
  heard(asker: Identity): void {
    for (const link of this.all()) if (link.peer.company === asker.company) link.heard(asker);
  }

  /** A replica began to send batches. */
  spoke(sender: ReplicaId): void {
    for (const link of this.all()) link.spoke(sender);
  }

  /** These are the members now. */
  follow(members: readonly Member[]): void {
    if (this.#closed) return;
    const self = this.#options.self();
    const companies = new Set(members.map(({ company }) => company));
    const others = members.filter(({ id, address }) => id !== self && address !== '');
    const wanted = [...this.#options.peers.filter(({ company }) => companies.has(company)), ...others];
    const keys = new Set(wanted.map(keyOf));
    for (const peer of wanted) {
      this.#keep(keyOf(peer));
      if (!this.#links.has(keyOf(peer))) this.#open(peer);
    }
    if (members.every(({ id }) => id !== self)) return;
    for (const key of this.#links.keys()) if (!keys.has(key)) this.#linger(key);
  }

  /** Ends all links. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const key of this.#lingering.keys()) this.#keep(key);
    await Promise.all([...this.all().map((link) => link.close()), ...this.#closing]);
  }

  #open({ company, address }: PeerAddress): void {
    const link = this.#options.makeLink({ company, address });
    this.#links.set(keyOf({ company, address }), link);
    if (this.#started) link.start();
  }

  #linger(key: string): void {
    if (this.#lingering.has(key)) return;
    const timer = setTimeout(() => {
      this.#lingering.delete(key);
      const link = this.#links.get(key);
      this.#links.delete(key);
      if (link === undefined) return;
      const closed = link.close().finally(() => this.#closing.delete(closed));
      this.#closing.add(closed);
    }, this.#options.lingerMs);
    this.#lingering.set(key, timer.unref());
  }

  #keep(key: string): void {
    clearTimeout(this.#lingering.get(key));
    this.#lingering.delete(key);
  }
}

function keyOf({ company, address }: PeerAddress): string {
  return `${company} ${address}`;
}
