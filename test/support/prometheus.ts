/**
 * Debian's Prometheus on a free port of loopback, with what the repository deploys: its configuration, with targets and
 * times of a test, and its rules, which wait no longer than a second.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';
import { freePort } from './free-ports.js';

export const DEPLOYED = fileURLToPath(new URL('../../deploy/', import.meta.url));

const MISSING = ['prometheus', 'promtool'].find((name) => spawnSync(name, ['--version']).error !== undefined);

/** Why tests with Prometheus cannot run here; null when they can. */
export const NO_PROMETHEUS = MISSING === undefined ? null : `${MISSING} is not installed`;

/** What promtool says, and whether it is content. */
export function promtool(
  args: readonly string[],
  input = '',
): { readonly ok: boolean; readonly said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { ok: status === 0, said: `${stdout}${stderr}` };
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Rule {
  readonly name: string;
  readonly health: string;
  readonly state: string;
}

export class RunningPrometheus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
    private readonly directory: string,
  ) {}

  /** Scrapes `targets`, host:port each, every second. */
  static async start(targets: readonly string[]): Promise<RunningPrometheus> {
    const directory = await mkdtemp(join(tmpdir(), 'malha-prometheus-'));
    const config = await readFile(join(DEPLOYED, 'prometheus/prometheus.yml'), 'utf8');
    const rules = await readFile(join(DEPLOYED, 'prometheus/malha.rules.yml'), 'utf8');
    const own = config
      .replace(/targets: \[.*\]/, `targets: ${JSON.stringify(targets)}`)
      .replaceAll(/(scrape|evaluation)_interval: .*/g, '$1_interval: 1s')
      .replace(/scrape_timeout: .*/, 'scrape_timeout: 1s');
    await writeFile(join(directory, 'prometheus.yml'), own);
    await writeFile(join(directory, 'malha.rules.yml'), rules.replaceAll(/for: \S+/g, 'for: 1s'));
    const port = await freePort();
    const args = [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ];
    const child = spawn('prometheus', args, { stdio: 'ignore' });
    const running = new RunningPrometheus(child, `http://127.0.0.1:${port}`, directory);
    try {
      await eventually(async () => (await fetch(`${running.url}/-/ready`)).ok);
    } catch (error) {
      await running.stop();
      throw error;
    }
    return running;
  }

  /** Rejects with what is wrong with the expression. */
  async query(expression: string): Promise<readonly Sample[]> {
    const { result } = await this.ask(`query?query=${encodeURIComponent(expression)}`);
    return result as readonly Sample[];
  }

  /** Names of the targets that were scraped last time. */
  async up(): Promise<readonly string[]> {
    return (await this.query('up == 1')).map(({ metric }) => metric.instance!);
  }

  /** Every rule, as it was evaluated last. */
  async rules(): Promise<readonly Rule[]> {
    const { groups } = (await this.ask('rules')) as {
      readonly groups: readonly { readonly rules: Rule[] }[];
    };
    return groups.flatMap(({ rules }) => rules);
  }

  /** Names of the alerts that fire, sorted, each once. */
  async firing(): Promise<readonly string[]> {
    const rules = await this.rules();
    return rules
      .filter(({ state }) => state === 'firing')
      .map(({ name }) => name)
      .sort();
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await gone;
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  private async ask(what: string): Promise<Readonly<Record<string, unknown>>> {
    const answer = await fetch(`${this.url}/api/v1/${what}`);
    const { status, data, error } = (await answer.json()) as {
      readonly status: string;
      readonly data: Readonly<Record<string, unknown>>;
      readonly error?: string;
    };
    if (status !== 'success') throw new Error(`${what}: ${error}`);
    return data;
  }
}

/** The expressions of the dashboard that is deployed, for the mesh of the job `malha`. */
export async function dashboardExpressions(): Promise<readonly string[]> {
  const { panels } = JSON.parse(await readFile(join(DEPLOYED, 'grafana/dashboards/malha.json'), 'utf8')) as {
    readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
  };
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$job', 'malha')));
}
