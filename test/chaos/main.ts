/**
 * One run of chaos, as its settings say (docs/chaos.md), with its report. Ends what it started also when it is interrupted.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Schedule } from './fault.js';
import { impossibleHere } from './faults/all.js';
import { namedSchedule, SCHEDULE_NAMES } from './named-schedules.js';
import { RANDOM_KINDS, randomSchedule } from './random-schedule.js';
import { linesOf } from './report/lines.js';
import { writeReport } from './report/write-report.js';
import { runChaos } from './run-chaos.js';

export interface ChaosSettings {
  readonly SEED?: string;
  readonly SECONDS?: string;
  readonly NODES?: string;
  readonly SCHEDULE?: string;
  /** The built program, by the folder that has `cli/main.js`. */
  readonly DIST?: string;
  /** Where the report goes. */
  readonly OUT?: string;
  /** Whether logs and history are kept also when the run passed. */
  readonly KEEP?: string;
}

const SEED_MAX = 0xffff_ffff;

/** Runs it. Resolves with the exit code: 0 when it passed, 1 when it failed, 2 when it was called wrongly. */
export async function main(settings: ChaosSettings, root: string): Promise<number> {
  const say = (line: string): void => console.log(`chaos: ${line}`);
  const wanted = read(settings);
  if (typeof wanted === 'string') {
    say(wanted);
    return 2;
  }
  const { schedule, seconds, again } = wanted;
  const dist = resolve(settings.DIST || join(root, 'dist'));
  if (!existsSync(join(dist, 'cli', 'main.js'))) {
    say(`there is no build in ${dist}`);
    return 2;
  }
  for (const [kind, why] of impossibleHere()) say(`not possible here: ${kind}: ${why}`);
  const kinds = new Set(schedule.steps.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
  const missing = [...impossibleHere().keys()].filter((kind) => kinds.has(kind));
  if (missing.length > 0) {
    say(`the schedule needs ${missing.join(', ')}`);
    return 2;
  }
  say(`${schedule.name}, ${schedule.nodes} nodes, ${schedule.steps.length} steps; again with: ${again}`);
  const out = resolve(settings.OUT || join(root, 'chaos'));
  await mkdir(out, { recursive: true });
  const dataDirectory = await mkdtemp(join(tmpdir(), 'malha-chaos-'));
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new Error('interrupted'));
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const logDirectory = join(out, 'logs');
  try {
    const report = await runChaos({
      ...{ schedule, seconds, dataDirectory, logDirectory, say },
      entry: kinds.has('failpoint')
        ? [join(root, 'test', 'chaos', 'failpoint-entry.mjs'), dist]
        : [join(dist, '..', 'bin', 'malha.js')],
      signal: interrupted.signal,
    });
    await writeReport(report, { out, again, impossible: impossibleHere() });
    for (const line of linesOf(report)) say(line);
    // What a run left is of use only when it failed.
    if (report.failures.length === 0 && !settings.KEEP)
      await rm(logDirectory, { recursive: true, force: true });
    else say(`logs and history: ${logDirectory}; again with: ${again}`);
    console.log(
      `chaos: ${report.failures.length === 0 ? 'passed' : 'failed'}; report: ${join(out, 'report.html')}`,
    );
    return report.failures.length === 0 ? 0 : 1;
  } catch (error) {
    say(`no run: ${error instanceof Error ? error.stack : String(error)}; logs: ${logDirectory}`);
    return 1;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

interface Wanted {
  readonly schedule: Schedule;
  readonly seconds: number;
  /** The command that repeats it. */
  readonly again: string;
}

/** The run that the settings mean, or what is wrong with them. */
function read({ SEED = '', SECONDS = '', NODES = '', SCHEDULE = '' }: ChaosSettings): Wanted | string {
  const seconds = Number(SECONDS || 60);
  const nodes = Number(NODES || 3);
  const seed = Number(SEED || Date.now() % 1_000_000);
  if (!Number.isSafeInteger(seconds) || seconds < 5 || seconds > 7_200) return 'SECONDS: 5 to 7200';
  if (nodes !== 3 && nodes !== 5) return 'NODES: 3 or 5';
  if (!Number.isSafeInteger(seed) || seed < 0 || seed > SEED_MAX) return `SEED: 0 to ${SEED_MAX}`;
  if (SCHEDULE !== '') {
    const schedule = namedSchedule(SCHEDULE, nodes, seconds);
    if (schedule === undefined) return `SCHEDULE: ${SCHEDULE_NAMES.join(', ')}`;
    return { schedule, seconds, again: `make chaos SCHEDULE=${SCHEDULE} SECONDS=${seconds} NODES=${nodes}` };
  }
  const impossible = impossibleHere();
  const kinds = RANDOM_KINDS.filter((kind) => !impossible.has(kind));
  const schedule = randomSchedule({ seed, nodes, seconds, kinds });
  // A machine where other faults are possible draws another schedule.
  const means = impossible.has('power-loss') ? '' : 'MALHA_POWERFS=… ';
  return { schedule, seconds, again: `${means}make chaos SEED=${seed} SECONDS=${seconds} NODES=${nodes}` };
}
