/**
 * `malha recover DIR`: makes the replica of a directory the only voter of a new mesh, when a majority of its mesh is lost.
 *
 * 1. Without `--force` it says what that would give and what may be lost, changes nothing, and exits 2.
 * 2. It is refused for a replica that is not sound: an entry that is damaged here may be sound elsewhere.
 */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { readIdentity, type StoredIdentity } from '../../storage/identity-file.js';
import { layoutOf } from '../../storage/layout.js';
import { checkDirectory } from '../check/check-directory.js';
import type { DirectoryReport } from '../check/directory-report.js';
import { type Recovered, recover } from '../recover/recover-directory.js';
import { carryOut, rehearse } from '../recover/rehearse.js';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, type Flags, say } from '../world.js';
import { describe, describeReplica } from './check.js';

export async function recoverCommand(directory: string, flags: Flags): Promise<number> {
  const path = resolve(directory);
  try {
    return await recoverOrSay(path, flags);
  } catch (error) {
    say(`malha: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT_FAILED;
  }
}

async function recoverOrSay(path: string, flags: Flags): Promise<number> {
  const report = await checkDirectory(path);
  const identity = await readIdentity(layoutOf(path).identity).catch(() => null);
  if (identity === null || !report.usable || report.cluster === '') return refuse(report, flags);
  const rehearsed = await rehearse(path, identity);
  if (rehearsed === null) {
    const said = `${path} decides alone in mesh ${identity.cluster} already: there is nothing to recover, start the node`;
    print(flags, said, { recovered: false, report });
    return EXIT_OK;
  }
  if (flags.force === undefined) {
    print(flags, describePlan(report, rehearsed).join('\n'), { recovered: false, would: rehearsed, report });
    return EXIT_USAGE;
  }
  const cluster = clusterFor(identity);
  const done = await carryOut(recover(path, identity, cluster));
  if (done === null) throw new Error(`${path} was changed meanwhile`);
  print(flags, describeDone(report, done, cluster).join('\n'), { recovered: true, cluster, ...done, report });
  return EXIT_OK;
}

function refuse(report: DirectoryReport, flags: Flags): number {
  const said = [`${report.directory} cannot be recovered: ${whyNot(report)}`, ...describe(report).slice(1)];
  print(flags, said.join('\n'), { recovered: false, report });
  return EXIT_FAILED;
}

function whyNot({ usable, faults }: DirectoryReport): string {
  if (usable) return 'it belongs to no mesh';
  return faults.length === 0 ? 'its log holds nothing' : 'it is not sound';
}

/** One that was begun and not ended goes on with the id that it drew. */
function clusterFor(identity: StoredIdentity): string {
  if (identity.recovering) return identity.cluster;
  for (;;) {
    const cluster = randomBytes(8).toString('hex');
    if (!/^0+$/.test(cluster) && cluster !== identity.cluster) return cluster;
  }
}

function print(flags: Flags, text: string, json: object): void {
  process.stdout.write(`${flags.json === undefined ? text : JSON.stringify(json)}\n`);
}

function describePlan(report: DirectoryReport, would: Recovered): readonly string[] {
  return [
    `Nothing was changed. \`malha recover --force ${report.directory}\` makes this replica the only voter of a new mesh:`,
    ...describeReplica(report),
    ...describeLedger(would),
    '',
    ...describeLoss(report, would),
    `First end every other node of the mesh, and compare \`malha check\` of their directories: the best is the ` +
      `sound one with the highest term at the end of its log, and of those the longest log.`,
  ];
}

function describeDone(report: DirectoryReport, done: Recovered, cluster: string): readonly string[] {
  return [
    `${report.directory} is the only voter of the new mesh ${cluster}`,
    `  replica  ${report.replica} of ${report.company}`,
    `  log      to ${done.lastIndex} (term ${done.lastTerm})`,
    ...describeLedger(done),
    '',
    ...describeLoss(report, done),
    `Start its node as before: it leads alone. Move the directories of all other nodes away, start them, and take each in with ` +
      `\`malha member add\` and \`malha member promote\`. Never start an old directory again: those of a majority would go on ` +
      'as the old mesh, beside this one.',
  ];
}

function describeLedger({
  ledgerTimeMs,
  openReservations,
  endedReservations,
  digest,
}: Recovered): readonly string[] {
  return [
    `  ledger   time ${new Date(ledgerTimeMs).toISOString()}, digest ${digest}`,
    `  holds    ${openReservations} open and ${endedReservations} ended reservations`,
  ];
}

function describeLoss(
  { commitIndex, config, replica }: DirectoryReport,
  { lastIndex }: Recovered,
): readonly string[] {
  const doubt = `Entries ${commitIndex + 1} to ${lastIndex} are not known here to be committed: they count from then on.`;
  return [
    ...(commitIndex < lastIndex ? [doubt] : []),
    ...(config.voters.some((id) => id === replica) ? [] : ['It did not vote: whoever did may hold more.']),
    `What others acknowledged beyond index ${lastIndex} is lost, and nobody can tell from here whether there was any.`,
  ];
}
