/** Installs the peers that were named, from Debian's own packages, where they are missing. */
import { execFileSync } from 'node:child_process';
import { Etcd } from './systems/etcd.mjs';
import { Postgres } from './systems/postgres.mjs';

const PEERS = {
  etcd: { missing: Etcd.missing, packages: ['etcd-server'] },
  postgres: { missing: Postgres.missing, packages: ['postgresql'] },
};

export function install(names, say) {
  const packages = names.filter((name) => PEERS[name].missing()).flatMap((name) => PEERS[name].packages);
  if (packages.length === 0) return;
  say(`installing ${packages.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], {
    stdio: 'inherit',
    env,
  });
}
