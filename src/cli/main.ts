/**
 * The command line: commands, flags, help. What a command does is loaded only when it is called, so that
 * `malha --version` starts neither a database nor a broker.
 *
 * Called wrongly, it says so in one line, with "did you mean" where a known word is near, and exits 2.
 */
import { Command, CommanderError, Option } from 'commander';
import { addBookingCommands } from './booking/add-commands.js';
import { byFlagName } from './flags.js';
import { addLogCommands } from './logs/add-commands.js';
import { SETTING_KEYS, type SettingKey } from './settings/keys.js';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, packageVersion, say } from './world.js';

/** Runs one command and returns its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode = EXIT_OK;
  const program = buildProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return sayUsage(error);
    say(`malha: ${error instanceof Error ? error.message : String(error)}`);
    return EXIT_FAILED;
  }
}

function buildProgram(finish: (exitCode: number) => void): Command {
  const program = new Command('malha')
    .description('An open reservation mesh for electric-vehicle charging companies.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print help for a command')
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({ outputError: () => {} })
    .exitOverride();

  withSettings(program.command('node').description("run one company's node"), 'node').action(
    async (options: object) => {
      const { nodeCommand } = await import('./commands/node.js');
      finish(await nodeCommand(byFlagName(options)));
    },
  );

  program
    .command('demo')
    .description('run a whole mesh on this machine, with simulated vehicles')
    .option('--companies <n>', 'companies, one process each', '3')
    .option('--vehicles <n>', 'simulated vehicles', '12')
    .option('--speed <n>', 'how much faster time runs, for nodes and vehicles')
    .option('--duration <s>', 'end by itself after so many seconds, with a summary')
    .option('--data <dir>', 'where data is kept', '.malha')
    .option('--fresh', "clear the data first, if the directory carries malha's marker")
    .option('--json', 'end with one JSON object on stdout')
    .action(async (options: object) => {
      const { demoCommand } = await import('./commands/demo.js');
      finish(await demoCommand(byFlagName(options)));
    });

  withSettings(program.command('vehicle').description('run simulated vehicles against a mesh'), 'vehicle')
    .option('--count <n>', 'vehicles', '1')
    .option('--from <city>', 'where trips start; without it each vehicle chooses')
    .option('--to <city>', 'where trips end')
    .option('--model <id>', 'model of the vehicles')
    .option('--documented', 'reserve as documented only: POST /reserve-points, one stop after the other')
    .option('--node <urls>', 'REST addresses of nodes, with commas (default: "http://127.0.0.1:8085")')
    .option('--broker <urls>', 'MQTT brokers, with commas (default: "mqtt://127.0.0.1:1883")')
    .action(async (options: object) => {
      const { vehicleCommand } = await import('./commands/vehicle.js');
      finish(await vehicleCommand(byFlagName(options)));
    });

  program
    .command('status')
    .description('say in one sentence whether the mesh is healthy; exit 1 when it is not')
    .option('--node <urls>', "REST addresses of nodes, with commas (default: the settings' own)")
    .option('--config <file>', 'settings file')
    .option('--wait', 'wait until it is healthy')
    .option('--timeout <s>', 'how long --wait waits', '60')
    .option('--json', 'print one JSON object')
    .action(async (options: object) => {
      const { statusCommand } = await import('./commands/status.js');
      finish(await statusCommand(byFlagName(options)));
    });

  addBookingCommands(program, finish);

  program
    .command('check <dir>')
    .description("check a node's data directory offline, without touching it; exit 1 when it is damaged")
    .option('--json', 'print one JSON object')
    .action(async (directory: string, options: object) => {
      const { checkCommand } = await import('./commands/check.js');
      finish(await checkCommand(directory, byFlagName(options)));
    });

  const doctor = withSettings(program.command('doctor'), 'node')
    .description('show the settings of a node, and whether it could work with them; exit 1 when it could not')
    .option('--json', 'print one JSON object');
  doctor.action(async (options: object) => {
    const { doctorCommand } = await import('./commands/doctor.js');
    finish(await doctorCommand(byFlagName(options)));
  });

  addMemberCommands(program, finish);
  addLogCommands(program, finish);

  program
    .command('recover <dir>')
    .description(
      'when a majority is lost: make the replica in a directory the only voter of a new mesh, offline',
    )
    .option('--force', 'do it; without it, say what it would give and what may be lost, and exit 2')
    .option('--json', 'print one JSON object')
    .action(async (directory: string, options: object) => {
      const { recoverCommand } = await import('./commands/recover.js');
      finish(await recoverCommand(directory, byFlagName(options)));
    });

  return program;
}

/** `malha member …`: who is in a running mesh. */
function addMemberCommands(program: Command, finish: (exitCode: number) => void): void {
  const member = program.command('member').description('see and change who is in a running mesh');
  const place = 'the company, with the address of its node unless MALHA_PEERS names it';
  const actions = [
    ['list', '', '', 'the members, as the leader knows them'],
    ['add', '<company[=host:port]>', place, 'take a waiting node in, as a learner'],
    ['promote', '<company>', 'a company that learns', 'let a learner that caught up vote'],
    ['remove', '<company>', 'a member', 'take a member out'],
    ['replace', '<company[=host:port]>', place, 'put a waiting node in the place of a lost one'],
  ] as const;
  for (const [name, argument, argumentHelp, description] of actions) {
    const command = member
      .command(name)
      .description(description)
      .option('--node <addresses>', 'gRPC addresses of nodes, with commas (default: those of MALHA_PEERS)')
      .option('--timeout-ms <ms>', 'how long to wait for the outcome', '60000')
      .option('--config <file>', 'settings file')
      .option('--json', 'print one JSON object');
    if (argument !== '') command.argument(argument, argumentHelp);
    command.action(async (...given: unknown[]) => {
      const { memberCommand } = await import('./commands/member.js');
      const target = argument === '' ? '' : String(given[0]);
      finish(await memberCommand(name, target, byFlagName(command.opts())));
    });
  }
}

/** Every setting that a command uses is a flag of it; defaults are filled in by the settings, not here. */
function withSettings(command: Command, user: 'node' | 'vehicle'): Command {
  command.option('--config <file>', 'settings file (YAML); its keys are the flags below');
  const keys: readonly SettingKey[] = SETTING_KEYS;
  for (const { name, placeholder, help, shownDefault, usedBy } of keys) {
    // A vehicle's broker is `--broker`; the setting's variable serves both.
    if (!usedBy.includes(user) || (user === 'vehicle' && name === 'mqtt-broker')) continue;
    const shown = shownDefault === '' ? help : `${help} (default: ${shownDefault})`;
    command.addOption(new Option(`--${name} <${placeholder}>`, shown));
  }
  return command;
}

/** Help and version are no faults; anything else is one line. */
function sayUsage(error: CommanderError): number {
  if (error.exitCode === 0) return EXIT_OK;
  if (error.code !== 'commander.help') {
    say(
      `malha: ${error.message
        .replace(/^error: /, '')
        .replaceAll('\n', ' ')
        .replace('(Did you', '(did you')}`,
    );
  }
  return EXIT_USAGE;
}
