/** What a run prints: all points as medians over its rounds, and the targets beside what was reached. */
import { median } from './median.mjs';
import { figure, printTable } from './table.mjs';
import { targets } from './targets.mjs';

const COLUMNS = [
  ['committed/s', 'committedPerS'],
  ['p50 ms', 'p50Ms'],
  ['p99 ms', 'p99Ms'],
  ['p99.9 ms', 'p999Ms'],
  ['refused %', 'refusedShare', 100],
  ['failed', 'failed'],
  ['CPU s/1000', 'cpuSPerThousand'],
  ['KB written/op', 'writtenBytesPerOperation', 1 / 1_024],
  ['memory MB', 'memoryMb'],
  ['servers cores', 'serverCores'],
  ['load cores', 'generatorCores'],
  ['others cores', 'otherCores'],
];

/** Of each figure of points measured alike the median; what is no figure is as in the first. */
export function medianPoint(points) {
  if (points.length === 0) return undefined;
  const names = Object.keys(points[0]);
  return Object.fromEntries(
    names.map((name) => {
      const isFigure = typeof points[0][name] === 'number';
      return [name, isFigure ? median(points.map((point) => point[name])) : points[0][name]];
    }),
  );
}

export function report({ builds, ceilings, rounds, syncs, outages, systems, clients }) {
  const pointsOf = (name, pick) => rounds.flatMap(({ results }) => pick(results[name]) ?? []);
  const of = (name, count) =>
    medianPoint(pointsOf(name, (result) => result?.writes.filter((point) => point.clients === count)));
  const read = (name) => medianPoint(pointsOf(name, (result) => result?.read ?? []));

  printPoints(
    'The load against an empty server (64 clients): no figure below can be above it',
    ceilings.map((point) => [point.system, point]),
  );
  for (const count of clients) {
    const named = systems.map((name) => [name, of(name, count)]).filter(([, point]) => point);
    printPoints(`Writes, ${count} clients`, named);
    for (const [name, { ourCommittedPerS, ownToolPerS, byOwnTool }] of named) {
      if (ownToolPerS === undefined) continue;
      const driven = byOwnTool ? 'taken from pgbench' : 'taken from our load';
      console.log(
        `${name}: ${figure(ourCommittedPerS)}/s by our load, ${figure(ownToolPerS)}/s by pgbench: ${driven}`,
      );
    }
  }
  printPoints(
    'Linearizable reads, 64 clients',
    systems.map((name) => [name, read(name)]).filter(([, point]) => point),
  );
  printSyncs(syncs);
  printOutages(outages);
  const diskMs = median(rounds.map((round) => round.fdatasyncMs));
  if (diskMs !== null) console.log(`fdatasync of 4 KiB on this disk: ${figure(diskMs)} ms (p50)\n`);
  const outage = (name, fault) => outages[name]?.[fault];
  const judged = builds.flatMap(({ label }) => [...targets({ of, read, outage }, label)]);
  printTargets(judged);
  return judged;
}

function printPoints(title, named) {
  if (named.length === 0) return;
  console.log(title);
  printTable(
    ['', ...COLUMNS.map(([name]) => name)],
    named.map(([name, point]) => [
      name,
      ...COLUMNS.map(([, key, times = 1]) => figure(point[key] === null ? null : point[key] * times)),
    ]),
  );
}

function printSyncs(syncs) {
  const named = Object.entries(syncs);
  if (named.length === 0) return;
  console.log('Calls of fdatasync and fsync for an operation, 64 clients, all servers together');
  printTable(
    ['', 'syncs/op'],
    named.map(([name, count]) => [name, figure(count)]),
  );
}

function printOutages(outages) {
  const rows = Object.entries(outages).flatMap(([name, faults]) =>
    Object.entries(faults).map(([fault, { medianMs, allMs }]) => [
      `${name}, leader ${fault}`,
      ...[Math.min(...allMs), medianMs, Math.max(...allMs)].map((ms) => figure(ms, 0)),
    ]),
  );
  if (rows.length === 0) return;
  console.log('Time to the next write, ms');
  printTable(['', 'least', 'median', 'most'], rows);
}

function printTargets(judged) {
  if (judged.length === 0) return;
  console.log('Targets');
  printTable(
    ['times what the peer has', 'reached', 'target', ''],
    judged.map(({ what, ratio, target, isMost, met }) => [
      what,
      figure(ratio, 2),
      `${isMost ? '≤' : '≥'} ${figure(target, 2)}`,
      met ? 'met' : 'MISSED',
    ]),
  );
}
