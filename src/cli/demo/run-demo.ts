/**
 * A whole mesh on this machine: nodes as processes, vehicles in this one, one scaled clock for all.
 *
 * Order: nodes are ready and agree on a leader before a vehicle starts; vehicles free their points before a node ends.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DataSet, loadDataSet } from '../../seed/data-set.js';
import { vehicleClock } from '../../vehicle/clock.js';
import { type Fleet, startFleet } from '../../vehicle/fleet.js';
import { loadModels } from '../../vehicle/models.js';
import { seededRandom } from '../../vehicle/random.js';
import { askNodes } from '../status/ask.js';
import { aborted } from '../stop-signals.js';
import { type Paint, paintWith } from '../terminal.js';
import { environmentWithoutSettings, packagePath, say, wantsColour } from '../world.js';
import { checkHoldings } from './holdings.js';
import { type DemoNode, nodeArguments } from './layout.js';
import { agreedLeader, watchLeader } from './leadership.js';
import type { LedgerTime } from './ledger-time.js';
import { NodeProcess } from './node-process.js';
import { type DemoOptions, sharedArguments } from './options.js';
import { leaderLine, type Names, nodeLine, vehicleLine } from './progress.js';
import { type DemoSummary, summarise } from './summary.js';

const READY_TIMEOUT_MS = 60_000;
const NODE_GRACE_MS = 10_000;
/** A node that was just killed is back by then. */
const HOLDINGS_PATIENCE_MS = 15_000;
/** Real time within which a window's end is seen by vehicles and all ledgers. */
const END_TOLERANCE_MS = 500;

/** `dataSet` null: the nodes register nothing. */
export class Demo {
  private readonly processes: readonly NodeProcess[];
  private readonly urls: readonly string[];
  private readonly names: Names;
  private readonly paint: Paint = paintWith(wantsColour(process.stderr));
  private readonly watching = new AbortController();

  constructor(
    private readonly options: DemoOptions,
    private readonly nodes: readonly DemoNode[],
    private readonly time: LedgerTime,
    dataSet: DataSet | null,
  ) {
    const { speed, realEpochMs, epochMs } = time.clock;
    const shared = sharedArguments(options, `${speed}:${realEpochMs}:${epochMs}`);
    this.urls = nodes.map((node) => node.restUrl);
    this.names = namesOf(dataSet, nodes);
    this.processes = nodes.map(
      (node) =>
        new NodeProcess({
          company: node.company,
          args: nodeArguments(node, nodes, shared),
          executable: packagePath('bin/malha.js'),
          cwd: options.directory,
          env: environmentWithoutSettings(),
          logFile: node.logFile,
          onEvent: (event) => say(nodeLine(event, time.nowMs(), this.paint)),
        }),
    );
  }

  /** Runs until `stop` aborts or the duration is over; undefined when it was stopped before it was ready. Rejects when it cannot start. */
  async run(stop: AbortSignal): Promise<DemoSummary | undefined> {
    const startedAtMs = performance.now();
    try {
      const leader = await this.startNodes(stop);
      if (leader === undefined) return undefined;
      const readyMs = Math.round(performance.now() - startedAtMs);
      this.banner(leader, readyMs);
      return await this.drive(leader, stop);
    } finally {
      this.watching.abort();
      await Promise.all(this.processes.map((each) => each.stop(NODE_GRACE_MS)));
    }
  }

  /** Ends all nodes at once. */
  kill(): void {
    for (const each of this.processes) each.kill();
  }

  private async startNodes(stop: AbortSignal): Promise<string | undefined> {
    const giveUp = AbortSignal.any([stop, AbortSignal.timeout(READY_TIMEOUT_MS)]);
    const started = Promise.all(this.processes.map((each) => each.start()));
    await Promise.race([started, aborted(giveUp)]);
    const leader = await agreedLeader(this.urls, giveUp);
    if (leader === undefined && !stop.aborted) {
      throw new Error(`the nodes did not become ready within ${READY_TIMEOUT_MS / 1_000} s: see their logs`);
    }
    return leader;
  }

  private async drive(leader: string, stop: AbortSignal): Promise<DemoSummary> {
    const { options, time, paint } = this;
    void watchLeader(this.urls, leader, this.watching.signal, (company, term) =>
      say(leaderLine(company, term, time.nowMs(), paint)),
    );
    const startedAtMs = performance.now();
    const fleet = startFleet({
      count: options.vehicles,
      nodes: this.urls,
      brokers: this.nodes.map((node) => node.brokerUrl),
      clock: vehicleClock(() => time.nowMs(), options.speed),
      random: seededRandom(randomInt(2 ** 32)),
      models: await loadModels(packagePath('data/models.json')),
      onEvent: (event) => {
        const line = vehicleLine(event, this.names, paint);
        if (line !== undefined) say(line);
      },
      // Holders of an earlier run may still have reservations; vehicles of this one are others.
      idPrefix: time.run === 1 ? 'veiculo' : `veiculo-r${time.run}`,
      chargeMinutes: options.settings.chargeMinutes,
      chargeGraceMinutes: options.settings.chargeGraceMinutes,
      legacyWindowMinutes: options.settings.legacyWindowMinutes,
      signal: this.watching.signal,
    });
    try {
      await durationOrStop(options.durationMs, stop);
      say(paint('dim', 'ending: vehicles halt and free their points'));
      return await this.takeStock(fleet, (performance.now() - startedAtMs) / 1_000);
    } finally {
      await fleet.stop();
    }
  }

  private async takeStock(fleet: Fleet, seconds: number): Promise<DemoSummary> {
    const { options, time } = this;
    const vehicles = fleet.snapshot();
    await fleet.halt();
    const holdings = await checkHoldings({
      vehicleIds: vehicles.map(({ id }) => id),
      urls: this.urls,
      beliefs: () => fleet.heldPoints(),
      nowMs: () => time.nowMs(),
      toleranceMs: END_TOLERANCE_MS * options.speed,
      patienceMs: HOLDINGS_PATIENCE_MS,
    });
    const reports = await askNodes(this.urls);
    const nodes = this.processes.map(({ company, restarts }, position) => ({
      company,
      restarts,
      report: reports[position]!,
    }));
    const { speed } = options;
    return summarise({ seconds, speed, ledgerTimeMs: time.nowMs(), vehicles, holdings, nodes });
  }

  private banner(leader: string, readyMs: number): void {
    const { paint, options } = this;
    say('');
    say(`  ${paint('bold', 'malha')} is ready after ${readyMs} ms: ${paint('cyan', leader)} leads`);
    say('');
    for (const [position, node] of this.nodes.entries()) {
      const { pid } = this.processes[position]!;
      say(`  ${node.company.padEnd(12)} ${node.restUrl}  ${node.brokerUrl}  process ${pid}`);
    }
    say('');
    say(
      `  ${options.vehicles} vehicles, time runs ${options.speed} times faster; data in ${options.directory}`,
    );
    say(`  ${paint('dim', 'Ctrl-C ends it; a node that you kill is started again')}`);
    say('');
  }
}

function namesOf(dataSet: DataSet | null, nodes: readonly DemoNode[]): Names {
  const places = new Map(dataSet?.points.map((point) => [point.id, point.place]));
  const owners = new Map(
    nodes.flatMap(({ company, restUrl, brokerUrl }) => [
      [restUrl, company],
      [brokerUrl, company],
    ]),
  );
  return {
    point: (id) => (places.has(id) ? `${id} ${places.get(id)}` : id),
    owner: (url) => owners.get(url) ?? url,
  };
}

async function durationOrStop(durationMs: number | undefined, stop: AbortSignal): Promise<void> {
  if (durationMs === undefined) await aborted(stop);
  else await sleep(durationMs, undefined, { signal: stop }).catch(() => undefined);
}

/** Null when the settings say that nothing is registered. */
export async function demoDataSet(seed: string): Promise<DataSet | null> {
  return seed === 'none' ? null : loadDataSet(seed);
}
