/**
 * Three nodes of malha from a built tree, each of one company with a thousand of the points, data on disk, everything at
 * its default but the embedded MQTT broker, which nobody needs here, and the seed.
 */
import { join } from 'node:path';
import { POINTS, SLOT_S, SLOTS, slotStartS } from '../load/trips.mjs';
import { dropDirectory, freePorts, freshDirectory, start, stop, until } from './processes.mjs';

const COMPANIES = ['empresa_a', 'empresa_b', 'empresa_c'];
/** Registrations that one node is asked for at a time. */
const AT_ONCE = 20;
const ASK_MS = 5_000;
/** What the reads ask for: made before, in slots that no trip asks for. */
const READ_RESERVATIONS = 1_000;
const READ_SLOT = SLOTS + 2;

/** `root`: of a built tree. `hosts`, `launchers` and `flags`: where, by what and with which flags of Node each node is run. */
export class Malha {
  #root;
  #hosts;
  #launchers;
  #flags;
  #directory = freshDirectory('malha');
  #nodes = [];

  constructor({ root, hosts = COMPANIES.map(() => '127.0.0.1'), launchers = [], flags = () => [] }) {
    this.#root = root;
    this.#flags = flags;
    this.#hosts = hosts;
    this.#launchers = launchers;
  }

  async start() {
    const ports = await freePorts(2 * COMPANIES.length);
    const grpc = COMPANIES.map((_, k) => `${this.#hosts[k]}:${ports[2 * k]}`);
    const peers = COMPANIES.map((company, k) => `${company}=${grpc[k]}`).join(',');
    this.#nodes = COMPANIES.map((company, k) => ({
      company,
      rest: { host: this.#hosts[k], port: ports[2 * k + 1] },
      grpc: { host: this.#hosts[k], port: ports[2 * k] },
      command: [
        ...[
          process.execPath,
          ...this.#flags(k),
          join(this.#root, 'bin/malha.js'),
          'node',
          '--company',
          company,
        ],
        ...['--data', join(this.#directory, company), '--peers', peers, '--seed', 'none', '--mqtt', 'off'],
        ...['--grpc', grpc[k], '--rest', `${this.#hosts[k]}:${ports[2 * k + 1]}`],
        ...['--heartbeat-ms', '100', '--election-ms', '1000'],
      ],
      child: null,
    }));
    for (const k of COMPANIES.keys()) this.#run(k);
    await this.ready();
    await Promise.all(this.#nodes.map((node, k) => this.#register(node, k)));
  }

  #run(k) {
    const node = this.#nodes[k];
    // What a run of nodes by hand has: warnings of a host that others reach, and nothing of ours.
    const env = { PATH: process.env.PATH, NO_COLOR: '1' };
    const log = join(this.#directory, `${node.company}.log`);
    node.child = start(node.command, { log, launcher: this.#launchers[k], env });
  }

  /** All nodes run and follow one leader, and each has applied all that it has. */
  async ready() {
    await until(async () => {
      const all = await Promise.all(this.#nodes.map((node) => ask(node.rest, 'GET', '/v1/cluster')));
      return (
        all.every(({ ready, appliedIndex, lastIndex }) => ready && appliedIndex === lastIndex) &&
        new Set(all.map(({ leader, lastIndex }) => `${leader} ${lastIndex}`)).size === 1
      );
    }, `a mesh; the logs are in ${this.#directory}`);
  }

  async #register({ company, rest }, k) {
    await until(
      () => ask(rest, 'PUT', `/v1/companies/${company}`, { name: company, displayId: `${k}` }),
      company,
    );
    const ids = [];
    for (let id = 1 + k; id <= POINTS; id += COMPANIES.length) ids.push(id);
    await inTurns(ids, (id) =>
      ask(rest, 'PUT', `/v1/points/${id}`, {
        ...{ place: `Cidade ${id % 50}`, connector: 'ccs2', powerKw: 50 },
        ...{ latitude: -12 - (id % 50) / 10, longitude: -38 - (id % 60) / 10 },
      }),
    );
  }

  targets(driver) {
    return this.#nodes.map((node) => (driver === 'malha-rest' ? node.rest : node.grpc));
  }

  /** Reservations that nobody ended; fails while the nodes differ. */
  async held() {
    await this.ready();
    const all = await Promise.all(this.#nodes.map((node) => ask(node.rest, 'GET', '/v1/cluster')));
    if (new Set(all.map(({ digest }) => digest)).size > 1)
      throw new Error('the nodes hold different ledgers');
    return all[0].totals.openReservations;
  }

  /** Reservations to read, by their names. */
  async reservations() {
    const { rest } = this.#nodes[0];
    const start = new Date(slotStartS(READ_SLOT) * 1_000).toISOString();
    const end = new Date((slotStartS(READ_SLOT) + SLOT_S) * 1_000).toISOString();
    const numbers = Array.from({ length: READ_RESERVATIONS }, (_, n) => n);
    return inTurns(numbers, async (n) => {
      const stops = [1, 2, 3].map((k) => ({ pointId: `${3 * n + k}`, start, end }));
      const { id } = await ask(rest, 'POST', '/v1/reservations', { vehicleId: `leitor-${n}`, stops });
      return id;
    });
  }

  /** Number of the node that leads; fails while none does. */
  async leader() {
    const { leaderCompany } = await ask(this.#nodes[0].rest, 'GET', '/v1/cluster');
    if (!leaderCompany) throw new Error('no node leads');
    return COMPANIES.indexOf(leaderCompany);
  }

  children() {
    return this.#nodes.map(({ child }) => child);
  }

  async restart(k) {
    await stop(this.#nodes[k].child, 'SIGKILL');
    this.#run(k);
  }

  async stop() {
    await Promise.all(this.#nodes.map(({ child }) => child && stop(child)));
    dropDirectory(this.#directory);
  }
}

async function ask({ host, port }, method, path, body) {
  const response = await fetch(`http://${host}:${port}${path}`, {
    method,
    signal: AbortSignal.timeout(ASK_MS),
    ...(body ? { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** A few at a time; the results in order. */
async function inTurns(items, work) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const k = next;
      next += 1;
      results[k] = await work(items[k]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
