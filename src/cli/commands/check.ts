/**
 * `malha check DIR`: whether a replica's directory is sound, without touching it. Exit 1 when it is not.
 */
import { resolve } from 'node:path';
import { checkDirectory } from '../check/check-directory.js';
import type { TrailReport } from '../check/check-trail.js';
import type { DirectoryReport } from '../check/directory-report.js';
import { EXIT_FAILED, EXIT_OK, type Flags, say } from '../world.js';

export async function checkCommand(directory: string, flags: Flags): Promise<number> {
  let report: DirectoryReport;
  try {
    report = await checkDirectory(resolve(directory));
  } catch (error) {
    say(`malha: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT_FAILED;
  }
  const sound = report.faults.length === 0;
  if (flags.json !== undefined) process.stdout.write(`${JSON.stringify({ sound, ...report })}\n`);
  else process.stdout.write(`${describe(report).join('\n')}\n`);
  return sound ? EXIT_OK : EXIT_FAILED;
}

/** What the report says, for people. */
export function describe(report: DirectoryReport): readonly string[] {
  const { faults } = report;
  return [
    faults.length === 0 ? `${report.directory} is sound` : `${report.directory} is NOT sound`,
    ...faults.map((fault) => `  fault    ${fault}`),
    ...describeReplica(report),
  ];
}

/** What the replica holds: by this the best of several is chosen. */
export function describeReplica(report: DirectoryReport): readonly string[] {
  const { config, damaged, next } = report;
  const voters = [...new Set([...config.voters, ...config.votersOutgoing])];
  const ledgerTime =
    report.ledgerTimeMs === 0 ? '' : `, ledger time ${new Date(report.ledgerTimeMs).toISOString()}`;
  return [
    `  replica  ${report.replica} of ${report.company}`,
    `  mesh     ${report.cluster === '' ? 'none yet' : report.cluster}`,
    ...(voters.length === 0 ? [] : [`  voters   ${voters.join(', ')}`]),
    `  log      ${describeLog(report)}`,
    `  known    committed to ${report.commitIndex}, on disk to ${report.markIndex} at least`,
    `  state    at ${report.stateIndex}${report.digest === '' ? '' : `, digest ${report.digest}`}${ledgerTime}`,
    ...(report.trail === null ? [] : [`  trail    ${describeTrail(report.trail)}`]),
    ...(next === null
      ? []
      : [`  next     ${next.replica}${next.takenIn ? ', taken in by the mesh' : ', waits'}`]),
    ...damaged.map((name) => `  kept     ${name}`),
  ];
}

function describeTrail({ records, firstIndex, lastIndex, gaps }: TrailReport): string {
  const range = records === 0 ? 'no records' : `${records} records from ${firstIndex} to ${lastIndex}`;
  return gaps.length === 0 ? range : `${range}, more are missing before ${gaps.join(', ')}`;
}

function describeLog({ baseIndex, lastIndex, lastTerm, term, faults }: DirectoryReport): string {
  if (lastIndex === 0) return faults.length === 0 ? 'empty' : 'cannot be read';
  return `from ${baseIndex + 1} to ${lastIndex} (term ${lastTerm}), term ${term}`;
}
