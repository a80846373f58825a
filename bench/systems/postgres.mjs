/**
 * PostgreSQL from initdb, everything at its default but the number of connections; with `standby` a second one that has
 * every commit on its disk before the client hears of it. That no two stops overlap is an exclusion constraint's to see.
 */
import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SLOT_S, slotStartS } from '../load/trips.mjs';
import { dropDirectory, freePorts, freshDirectory, start, stop, until } from './processes.mjs';

const HOST = '127.0.0.1';
const USER = 'bench';
const DATABASE = 'bench';
const CONNECTIONS_MAX = 300;
const INSTALLED = '/usr/lib/postgresql';
const run = promisify(execFile);

/** By driver and pgbench alike; a stop lasts half an hour from a moment in seconds of Unix time. */
export const RESERVE = `INSERT INTO stop (reservation, number, point, during) VALUES ${[0, 1, 2]
  .map((k) => {
    const startS = `$${2 * k + 3}::float8`;
    const during = `tstzrange(to_timestamp(${startS}), to_timestamp(${startS} + 1800))`;
    return `($1::text, ${k}, $${2 * k + 2}::int, ${during})`;
  })
  .join(', ')}`;
export const RELEASE = 'DELETE FROM stop WHERE reservation = $1::text';

const SCHEMA = `
  CREATE EXTENSION btree_gist;
  CREATE TABLE stop (
    reservation text NOT NULL, number smallint NOT NULL, point int NOT NULL, during tstzrange NOT NULL,
    PRIMARY KEY (reservation, number), EXCLUDE USING gist (point WITH =, during WITH &&));`;

/** A trip and its end. pgbench gives up a client that is refused, so each client has a slot of its own. */
const OPERATIONS_A_SCRIPT = 2;
const PGBENCH = [
  '\\set key random(1, 9000000000000000)',
  ...['a', 'b', 'c'].map((name, k) => `\\set ${name} random(${1_000 * k + 1}, ${1_000 * (k + 1)})`),
  `\\set start ${slotStartS(0)} + :client_id * ${SLOT_S}`,
  `${withVariables(RESERVE)};`,
  `${withVariables(RELEASE)};`,
].join('\n');

function withVariables(statement) {
  const names = ['key', 'a', 'start', 'b', 'start', 'c', 'start'];
  return statement.replaceAll(/\$(\d)/g, (_, number) => `:${names[number - 1]}`);
}

export class Postgres {
  #standby;
  #launchers;
  #directory = freshDirectory('postgres');
  #account = unprivileged();
  #servers = [];
  #port = 0;

  static missing() {
    return programs() ? null : 'PostgreSQL is not installed (PEERS=postgres installs it)';
  }

  constructor({ standby, launchers = [] }) {
    this.#standby = standby;
    this.#launchers = launchers;
  }

  async start() {
    const [port, standbyPort] = await freePorts(2);
    this.#port = port;
    if (this.#account.uid !== undefined) chownSync(this.#directory, this.#account.uid, this.#account.gid);
    const data = join(this.#directory, 'primary');
    await this.#run('initdb', '--pgdata', data, '--username', USER, '--auth', 'trust', '--no-sync');
    this.#serve(data, port);
    await until(() => this.#sql('postgres', 'SELECT 1'), 'PostgreSQL');
    await this.#sql('postgres', `CREATE DATABASE ${DATABASE}`);
    await this.#sql(DATABASE, SCHEMA);
    if (this.#standby) await this.#follow(standbyPort);
  }

  async #follow(port) {
    const data = join(this.#directory, 'standby');
    const from = `host=${HOST} port=${this.#port} user=${USER} application_name=standby`;
    await this.#run(
      'pg_basebackup',
      '--pgdata',
      data,
      '--dbname',
      from,
      '--write-recovery-conf',
      '--checkpoint',
      'fast',
      '--no-sync',
    );
    this.#serve(data, port);
    await this.#sql('postgres', "ALTER SYSTEM SET synchronous_standby_names = 'standby'");
    await this.#sql('postgres', 'SELECT pg_reload_conf()');
    const state = 'SELECT sync_state FROM pg_stat_replication';
    await until(async () => (await this.#sql('postgres', state)).trim() === 'sync', 'the standby');
  }

  #serve(data, port) {
    const settings = {
      ...{ port, listen_addresses: HOST, unix_socket_directories: this.#directory },
      ...{ max_connections: CONNECTIONS_MAX, fsync: 'on', synchronous_commit: 'on' },
    };
    const command = [
      ...[join(programs(), 'postgres'), '-D', data],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
    const launcher = this.#launchers[this.#servers.length];
    this.#servers.push(
      start(command, { ...this.#account, launcher, log: `${data}.log`, cwd: this.#directory }),
    );
  }

  targets() {
    return [{ host: HOST, port: this.#port, user: USER, database: DATABASE }];
  }

  statements() {
    return { reserve: RESERVE, release: RELEASE };
  }

  async held() {
    return Number(await this.#sql(DATABASE, 'SELECT count(*) FROM stop'));
  }

  children() {
    return this.#servers;
  }

  async stop() {
    // At once: nobody needs what they hold. The standby first, so that the primary need not wait for it.
    for (const server of this.#servers.toReversed()) await stop(server, 'SIGQUIT');
    dropDirectory(this.#directory);
  }

  #sql(database, statement) {
    return this.#run(
      ...['psql', '--host', HOST, '--port', `${this.#port}`, '--username', USER, '--dbname', database],
      ...['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--command', statement],
    );
  }

  /** One of PostgreSQL's own programs. */
  async #run(program, ...args) {
    const { stdout } = await run(join(programs(), program), args, { ...this.#account, cwd: this.#directory });
    return stdout;
  }

  /** The same work by PostgreSQL's own tool: operations a second. */
  async pgbench(clients, seconds) {
    const script = join(this.#directory, 'trips.sql');
    writeFileSync(script, PGBENCH);
    const printed = await this.#run(
      ...['pgbench', '--host', HOST, '--port', `${this.#port}`, '--username', USER, '--no-vacuum'],
      ...['--protocol', 'prepared', '--client', `${clients}`, '--jobs', `${Math.min(clients, 2)}`],
      ...['--time', `${Math.ceil(seconds)}`, '--file', script, DATABASE],
    );
    return OPERATIONS_A_SCRIPT * Number(/^tps = ([\d.]+)/m.exec(printed)[1]);
  }
}

/** Where the newest version's programs are; null where none is. */
export function programs() {
  if (!existsSync(INSTALLED)) return null;
  const newest = readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a))[0];
  return newest ? join(INSTALLED, newest, 'bin') : null;
}

/** PostgreSQL refuses to run as root. */
function unprivileged() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres']));
  return { uid: id('-u'), gid: id('-g') };
}
