/** Three members of etcd, everything at its default but the addresses; heartbeat and election are malha's. */
import { join } from 'node:path';
import { Http2Connection } from '../load/http2-connection.mjs';
import { bytesField, Fields, textField, varintField } from '../load/protobuf.mjs';
import { dropDirectory, freePorts, freshDirectory, has, start, stop, until } from './processes.mjs';

const MEMBERS = [0, 1, 2];
const READ_KEYS = 1_000;
/** Fields of RangeRequest and RangeResponse. */
const COUNT_ONLY = 9;
const COUNT = 4;

export class Etcd {
  #hosts;
  #launchers;
  #directory = freshDirectory('etcd');
  #members = [];

  static missing() {
    return has('etcd') ? null : 'etcd is not installed (PEERS=etcd installs it)';
  }

  constructor({ hosts = MEMBERS.map(() => '127.0.0.1'), launchers = [] } = {}) {
    this.#hosts = hosts;
    this.#launchers = launchers;
  }

  async start() {
    const ports = await freePorts(2 * MEMBERS.length);
    const peer = (k) => `http://${this.#hosts[k]}:${ports[2 * k]}`;
    const cluster = MEMBERS.map((k) => `m${k}=${peer(k)}`).join(',');
    this.#members = MEMBERS.map((k) => {
      const client = { host: this.#hosts[k], port: ports[2 * k + 1] };
      const url = `http://${client.host}:${client.port}`;
      return {
        client,
        command: [
          ...['etcd', '--name', `m${k}`, '--data-dir', join(this.#directory, `m${k}`), '--logger', 'zap'],
          ...['--listen-peer-urls', peer(k), '--initial-advertise-peer-urls', peer(k)],
          ...['--listen-client-urls', url, '--advertise-client-urls', url],
          ...['--initial-cluster', cluster, '--initial-cluster-state', 'new'],
          ...['--heartbeat-interval', '100', '--election-timeout', '1000'],
        ],
        child: null,
      };
    });
    for (const k of MEMBERS) this.#run(k);
    await this.ready();
  }

  #run(k) {
    const member = this.#members[k];
    const log = join(this.#directory, `m${k}.log`);
    member.child = start(member.command, {
      log,
      launcher: this.#launchers[k],
      env: { PATH: process.env.PATH },
    });
  }

  async ready() {
    await until(async () => {
      const all = await Promise.all(this.#members.map(({ client }) => metrics(client)));
      const sum = (name) => all.reduce((total, text) => total + metric(text, name), 0);
      const applied = all.map((text) => metric(text, 'etcd_server_proposals_applied_total'));
      return (
        sum('etcd_server_is_leader') === 1 &&
        sum('etcd_server_has_leader') === MEMBERS.length &&
        Math.max(...applied) - Math.min(...applied) < 10
      );
    }, `a cluster of etcd; the logs are in ${this.#directory}`);
  }

  targets() {
    return this.#members.map(({ client }) => client);
  }

  /** Cells that nobody gave back. */
  async held() {
    const all = Buffer.concat([textField(1, 'points/'), textField(2, 'points0'), varintField(COUNT_ONLY, 1)]);
    const answer = new Fields(await this.#call('/etcdserverpb.KV/Range', all));
    while (answer.next()) if (answer.field === COUNT) return answer.value;
    return 0;
  }

  /** Keys to read. */
  async reservations() {
    const keys = Array.from({ length: READ_KEYS }, (_, n) => `reads/${n}`);
    for (const key of keys) {
      const put = Buffer.concat([textField(1, key), bytesField(2, Buffer.alloc(64, 0x61))]);
      await this.#call('/etcdserverpb.KV/Put', put);
    }
    return keys;
  }

  /** The answer of the first member. */
  async #call(path, message) {
    const line = await Http2Connection.open(this.#members[0].client);
    try {
      return await new Promise((resolve, reject) => {
        const write = (buffer, offset) => offset + message.copy(buffer, offset);
        line.call(path, message.length, write, (status, answer) =>
          answer ? resolve(answer) : reject(new Error(`${path}: ${status}`)),
        );
      });
    } finally {
      line.close();
    }
  }

  /** Number of the member that leads; fails while none does. */
  async leader() {
    for (const k of MEMBERS) {
      const text = await metrics(this.#members[k].client);
      if (metric(text, 'etcd_server_is_leader') === 1) return k;
    }
    throw new Error('no member leads');
  }

  children() {
    return this.#members.map(({ child }) => child);
  }

  async restart(k) {
    await stop(this.#members[k].child, 'SIGKILL');
    this.#run(k);
  }

  async stop() {
    await Promise.all(this.#members.map(({ child }) => child && stop(child)));
    dropDirectory(this.#directory);
  }
}

async function metrics({ host, port }) {
  const response = await fetch(`http://${host}:${port}/metrics`, { signal: AbortSignal.timeout(2_000) });
  return response.text();
}

function metric(text, name) {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}
