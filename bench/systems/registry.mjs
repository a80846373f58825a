/** The systems by name: what runs, and by which driver of the load it is asked. */
import { Etcd } from './etcd.mjs';
import { Malha } from './malha.mjs';
import { Postgres } from './postgres.mjs';

/** Those that were asked for and can run here; `missing` hears why others cannot. */
export function systems({ systems: wanted, builds }, missing) {
  const doors = ['malha-rest', 'malha-unary', 'malha-stream'].flatMap((door) =>
    builds.map(({ root, label }) => ({
      name: `${door}${label}`,
      driver: door,
      make: (places = {}) => new Malha({ root, ...places }),
    })),
  );
  const peers = [
    { name: 'etcd', driver: 'etcd', missing: Etcd.missing, make: (places) => new Etcd(places) },
    ...['postgres', 'postgres-standby'].map((name) => ({
      name,
      driver: 'postgres',
      missing: Postgres.missing,
      make: (places = {}) => new Postgres({ standby: name === 'postgres-standby', ...places }),
    })),
  ];
  // In turn, so that what drifts on a machine meets ours and theirs alike.
  const all = [peers[0], ...doors, ...peers.slice(1)];
  return all.filter(({ name, driver, missing: why }) => {
    if (!wanted.has(name) && !wanted.has(driver)) return false;
    const reason = why?.() ?? null;
    if (reason) missing(`${name} is left out: ${reason}`);
    return reason === null;
  });
}
