/** The command line of the log: `malha logs`, `malha logs level`. */
import type { Command } from 'commander';
import { byFlagName } from '../flags.js';

/** `finish` is told the exit code of the command that ran. */
export function addLogCommands(program: Command, finish: (exitCode: number) => void): void {
  const logs = program
    .command('logs')
    .description('show what all nodes say, at any of them')
    .option('--follow', 'go on as they say it')
    .option('--level <level>', 'lines of this level and above: debug, info, warn, error')
    .option('--company <ids>', 'of the nodes of these companies, with commas')
    .option('--trace <id>', 'only lines of this trace id')
    .option('--tail <n>', 'how many kept lines of each node are looked through (default: 200)')
    .option('--node <urls>', "REST addresses of nodes, with commas (default: the settings' own)")
    .option('--config <file>', 'settings file')
    .option('--json', 'print JSON, one object a line')
    .action(async (options: object) => {
      const { logsCommand } = await import('../commands/logs.js');
      finish(await logsCommand(byFlagName(options)));
    });
  logs
    .command('level')
    .argument('[level]', 'debug, info, warn or error, from now on')
    .description('say, or change, how much the nodes of --node say')
    .action(async (level: string | undefined) => {
      const { logLevelCommand } = await import('../commands/logs.js');
      finish(await logLevelCommand(level, byFlagName(logs.opts())));
    });
}
