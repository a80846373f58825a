/**
 * One run: a mesh, clients, the faults of a schedule one step after the other, and the verdict of the checker on all that
 * clients heard and nodes have in the end.
 *
 * 1. A fault that was planned and did not happen fails the run, whatever the checker says.
 * 2. So do too few operations while nothing was wrong: a run in which little happened proves little.
 * 3. The history is bounded by a rate, not by forgetting. It lies in a file until the checker reads it.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { checkRun, type Report } from '../checker/check-run.js';
import { HistoryWriter, readHistory } from '../checker/history-file.js';
import type { MeshCall, MeshReply } from '../checker/mesh-history.js';
import { eventually } from '../support/eventually.js';
import { leftBehind } from '../torture/left-behind.js';
import { Recorder } from '../torture/recorder.js';
import { ChaosMesh } from './chaos-mesh.js';
import { Crowd } from './clients/crowd.js';
import { disksFor } from './disks-for.js';
import type { PlannedFault, Schedule, Step } from './fault.js';
import { DOERS } from './faults/all.js';
import { Field } from './field.js';
import { type Numbers, type Span, Tally } from './tally.js';

/** The founding of the mesh, which every log begins with. */
const BASE_INDEX = 1;
/** Over a whole run. */
const ATTEMPTS_MAX = 250_000;
const ATTEMPTS_PER_SECOND_MAX = 600;
const QUIET_PER_SECOND_MIN = 50;
const WARM_UP_OPERATIONS = 50;
/** After the last fault. */
const TAIL_MS = 2_000;

export interface ChaosOptions {
  readonly schedule: Schedule;
  /** An upper bound that is only guessed at: how long the run will be, in seconds. */
  readonly seconds: number;
  /** What Node runs to have `malha`; see ChaosNode. */
  readonly entry: readonly string[];
  /** Where nodes' data go while it runs. */
  readonly dataDirectory: string;
  /** Where logs and the history go; what is there is removed. */
  readonly logDirectory: string;
  readonly say: (line: string) => void;
  /** Fewer successes a second while nothing was wrong fail the run. */
  readonly quietPerSecondMin?: number;
  /** Ends the run early; the processes are ended all the same. */
  readonly signal: AbortSignal;
}

/** A fault as it was. */
export interface Happened extends Span {
  readonly fault: PlannedFault;
  /** What shows that it happened; '' when it did not. */
  readonly evidence: string;
  /** Why it did not happen, or did not go as it must; '' when it did. */
  readonly failure: string;
  /** Of the time from its beginning until whom it hit was of use again. */
  readonly numbers: Numbers;
}

export interface ChaosReport {
  readonly schedule: Schedule;
  readonly durationMs: number;
  readonly faults: readonly Happened[];
  readonly quiet: Numbers;
  readonly overall: Numbers;
  readonly counts: Tally['counts'];
  readonly doors: Readonly<Record<string, number>>;
  readonly series: ReturnType<Tally['series']>;
  /** The checker's; null when it could not be asked. */
  readonly verdict: Report | null;
  /** Why the run failed, a sentence each; empty when it passed. */
  readonly failures: readonly string[];
}

const SERIES_STEP_MS = 250;

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { schedule, logDirectory, dataDirectory, entry, say } = options;
  await rm(logDirectory, { recursive: true, force: true });
  await mkdir(logDirectory, { recursive: true });
  const history = join(logDirectory, 'history.ndjson');
  const mesh = await ChaosMesh.start({
    ...{ disks: disksFor(schedule), directory: dataDirectory, logDirectory, entry },
  });
  const writer = new HistoryWriter<MeshCall, MeshReply>(history);
  const tally = new Tally();
  const recorder = new Recorder((event) => {
    writer.write(event);
    tally.hear(event);
  });
  const perSecond = Math.min(ATTEMPTS_PER_SECOND_MAX, ATTEMPTS_MAX / options.seconds);
  const crowd = new Crowd(mesh.nodes, recorder, perSecond);
  const failures: string[] = [];
  const faults: Omit<Happened, 'numbers'>[] = [];
  const quiet: Span[] = [];
  try {
    crowd.begin();
    await eventually(() => tally.succeeded >= WARM_UP_OPERATIONS, { timeoutMs: 30_000 });
    const field = new Field(mesh, mesh.nodes[schedule.steps.length % mesh.nodes.length]!.company);
    for (const [k, step] of schedule.steps.entries()) {
      options.signal.throwIfAborted();
      quiet.push(await stayQuiet(recorder, step.quietMs, options.signal));
      faults.push(
        ...(await strike(field, step, recorder, (line) => say(`${k + 1}/${schedule.steps.length} ${line}`))),
      );
      if (faults.slice(-step.faults.length).some(({ failure }) => failure !== '')) await mesh.heal();
    }
    quiet.push(await stayQuiet(recorder, TAIL_MS, options.signal));
    failures.push(...(await crowd.end()));
    writer.close();
    await mesh.heal();
    const durationMs = recorder.nowMs();
    say(`healed; ${tally.succeeded} operations, asking the checker`);
    const verdict = await judge(mesh, history, failures);
    const happened = faults.map((each) => ({ ...each, numbers: tally.within([each]) }));
    const calm = tally.within(quiet);
    for (const { fault, failure } of happened) if (failure !== '') failures.push(`${fault.kind}: ${failure}`);
    if (calm.perSecond < (options.quietPerSecondMin ?? QUIET_PER_SECOND_MIN)) {
      failures.push(`only ${calm.perSecond.toFixed(1)} operations/s while nothing was wrong`);
    }
    return {
      schedule,
      durationMs,
      faults: happened,
      quiet: calm,
      overall: tally.within([{ fromMs: 0, toMs: durationMs }]),
      counts: tally.counts,
      doors: crowd.attemptsByDoor(),
      series: tally.series(durationMs, SERIES_STEP_MS),
      verdict,
      failures,
    };
  } finally {
    await crowd.end();
    await mesh.dispose();
  }
}

async function stayQuiet(recorder: Recorder, ms: number, signal: AbortSignal): Promise<Span> {
  const fromMs = recorder.nowMs();
  await wait(ms, undefined, { signal });
  return { fromMs, toMs: recorder.nowMs() };
}

/** The faults of a step, all at once. Resolves when the last one is over. */
async function strike(
  field: Field,
  { faults }: Step,
  recorder: Recorder,
  say: (line: string) => void,
): Promise<readonly Omit<Happened, 'numbers'>[]> {
  return Promise.all(
    faults.map(async (fault) => {
      const fromMs = recorder.nowMs();
      const over = (evidence: string, failure: string) => {
        const toMs = recorder.nowMs();
        say(`${fault.kind} (${toMs - fromMs} ms): ${evidence}${failure}`);
        return { fault, fromMs, toMs, evidence, failure };
      };
      try {
        return over(await DOERS[fault.kind](field, fault), '');
      } catch (error) {
        return over('', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
      }
    }),
  );
}

async function judge(mesh: ChaosMesh, history: string, failures: string[]): Promise<Report | null> {
  try {
    const { nodes, endedAtMs } = await leftBehind(mesh);
    const run = {
      history: readHistory<MeshCall, MeshReply>(history),
      baseIndex: BASE_INDEX,
      nodes,
      endedAtMs,
    };
    const report = checkRun(run);
    for (const [kind, count] of report.counts) failures.push(`anomaly: ${kind}, ${count} times`);
    return report;
  } catch (error) {
    failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return null;
  }
}
