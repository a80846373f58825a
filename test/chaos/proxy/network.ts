/** The network between nodes: a link for each ordered pair of them, and what may be done to it. */
import { freePorts } from '../../support/free-ports.js';
import { FAIR, type Lane, type Weather } from './lane.js';
import { type Gate, LINK_HOST, Link } from './link.js';

export class Network {
  private constructor(
    private readonly links: ReadonlyMap<string, Link>,
    readonly companies: readonly string[],
  ) {}

  /** `ports`: where each company's node listens. */
  static async open(ports: ReadonlyMap<string, number>): Promise<Network> {
    const companies = [...ports.keys()];
    const pairs = companies.flatMap((from) =>
      companies.filter((to) => to !== from).map((to) => ({ from, to })),
    );
    const own = await freePorts(pairs.length);
    const links = new Map(
      pairs.map(({ from, to }, n) => [nameOf(from, to), new Link(own[n]!, ports.get(to)!)] as const),
    );
    await Promise.all([...links.values()].map((link) => link.open()));
    return new Network(links, companies);
  }

  /** Where `from` finds `to`: host:port. */
  addressOf(from: string, to: string): string {
    return `${LINK_HOST}:${this.#link(from, to).port}`;
  }

  /** What travels from `from` to `to`, on the connections that either of them dialled, meets this weather. */
  setWeather(from: string, to: string, weather: Weather): void {
    for (const lane of this.#lanes(from, to)) lane.weather = weather;
  }

  /** Connections that `from` dials to `to`. */
  setGate(from: string, to: string, gate: Gate): void {
    this.#link(from, to).gate = gate;
  }

  halfOpen(from: string, to: string): void {
    this.#link(from, to).halfOpen();
  }

  /** All is well again; connections that stand go on. */
  heal(): void {
    for (const link of this.links.values()) {
      link.gate = 'open';
      link.out.weather = FAIR;
      link.back.weather = FAIR;
    }
  }

  /** Bytes that met bad weather so far between these two, this way. */
  suffered(from: string, to: string): number {
    return this.#lanes(from, to).reduce((sum, lane) => sum + lane.suffered, 0);
  }

  /** Connections of this link that were struck so far. */
  struck(from: string, to: string): number {
    return this.#link(from, to).struck;
  }

  async close(): Promise<void> {
    await Promise.all([...this.links.values()].map((link) => link.close()));
  }

  #lanes(from: string, to: string): readonly Lane[] {
    return [this.#link(from, to).out, this.#link(to, from).back];
  }

  #link(from: string, to: string): Link {
    const link = this.links.get(nameOf(from, to));
    if (link === undefined) throw new Error(`no link leads from ${from} to ${to}`);
    return link;
  }
}

function nameOf(from: string, to: string): string {
  return `${from} ${to}`;
}
