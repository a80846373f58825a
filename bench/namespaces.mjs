/**
 * A network name space for each node, joined by a bridge, so that the packets of one can be dropped: its peers, and its
 * clients, hear no more of it, and no connection is told to end. Needs root, `ip` and `iptables`.
 */
import { execFileSync } from 'node:child_process';
import { has } from './systems/processes.mjs';

const NODES = [0, 1, 2];
const NET = '10.213.87';
const OWN = 254;

export class Namespaces {
  /** Interfaces have names of 15 characters at most. */
  #tag = `mb${process.pid % 100_000}`;
  hosts = NODES.map((k) => `${NET}.${k + 1}`);
  launchers = NODES.map((k) => ['ip', 'netns', 'exec', this.#name(k)]);

  static missing() {
    if (process.getuid() !== 0) return 'dropping packets needs root';
    return has('ip') && has('iptables') ? null : 'ip or iptables is not installed';
  }

  constructor() {
    process.on('exit', () => this.close());
    const bridge = this.#tag;
    ip('link', 'add', bridge, 'type', 'bridge');
    ip('addr', 'add', `${NET}.${OWN}/24`, 'dev', bridge);
    ip('link', 'set', bridge, 'up');
    for (const k of NODES) {
      const space = this.#name(k);
      const [outer, inner] = [`${bridge}o${k}`, `${bridge}i${k}`];
      ip('netns', 'add', space);
      ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', space);
      ip('link', 'set', outer, 'master', bridge, 'up');
      ip('-n', space, 'addr', 'add', `${this.hosts[k]}/24`, 'dev', inner);
      ip('-n', space, 'link', 'set', inner, 'up');
      ip('-n', space, 'link', 'set', 'lo', 'up');
    }
  }

  /** The command that drops all packets to and from a node. */
  cut(k) {
    const drop = 'iptables -w -A INPUT ! -i lo -j DROP && iptables -w -A OUTPUT ! -o lo -j DROP';
    return [...this.launchers[k], 'sh', '-c', drop];
  }

  heal(k) {
    const [program, ...args] = [...this.launchers[k], 'iptables', '-w', '--flush'];
    execFileSync(program, args);
  }

  close() {
    for (const k of NODES) ip('netns', 'delete', this.#name(k));
    ip('link', 'delete', this.#tag);
  }

  #name(k) {
    return `${this.#tag}-${k}`;
  }
}

function ip(...args) {
  try {
    execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    if (!args.includes('delete')) throw new Error(`ip ${args.join(' ')}: ${error.stderr}`);
  }
}
