/**
 * `malha check DIR`: whether a replica's directory is sound, without touching it. Exit 1 when it is not.
 */
import { resolve } from 'node:path';
import { checkDirectory, type DirectoryReport } from '../check/check-directory.js';
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
    `  replica  ${report.replica} of ${report.company}`,
    `  mesh     ${report.cluster === '' ? 'none yet' : report.cluster}`,
    `  log      from ${report.baseIndex + 1} to ${report.lastIndex}, term ${report.term}`,
    `  state    at ${report.stateIndex}${report.digest === '' ? '' : `, digest ${report.digest}`}`,
  ];
}
