/** The command line of what drivers and companies ask of a mesh: points, routes, plan, reserve, cancel, history. */
import type { Command } from 'commander';
import { byFlagName } from '../flags.js';

/** `finish` is told the exit code of the command that ran. */
export function addBookingCommands(program: Command, finish: (exitCode: number) => void): void {
  withNode(program.command('points').description('list points, or show when one is free'))
    .option('--city <place>', 'at this place')
    .option('--connector <name>', 'with this connector')
    .option('--min-kw <kW>', 'with at least so much power')
    .option('--company <id>', 'of this company')
    .option('--calendar <point>', 'show when this point is taken and when it is free')
    .option('--from <time>', 'with --calendar: from then on (default: now)')
    .option('--to <time>', 'with --calendar: until then (default: a day later)')
    .option('--stale', 'answer at once, with what the node has')
    .action(async (options: object) => {
      const { pointsCommand } = await import('../commands/points.js');
      finish(await pointsCommand(byFlagName(options)));
    });

  withNode(program.command('routes').description('list routes, or show one'))
    .argument('[id]', 'of a route')
    .option('--calendar', 'show at a glance when its points are free')
    .option('--from <time>', 'with --calendar: from then on (default: now)')
    .option('--to <time>', 'with --calendar: until then (default: a day later)')
    .option('--stale', 'answer at once, with what the node has')
    .action(async (id: string | undefined, options: object) => {
      const { routesCommand } = await import('../commands/routes.js');
      finish(await routesCommand(id, byFlagName(options)));
    });

  withNode(program.command('plan').description('where to charge on a way and when, by battery and calendars'))
    .requiredOption('--from <place>', 'a city, or the id of a point')
    .requiredOption('--to <place>', 'a city, or the id of a point')
    .option('--model <id>', 'a model of data/models.json; the flags that follow say it better')
    .option('--battery-kwh <kWh>', 'usable energy')
    .option('--consumption-wh-km <Wh>', 'for each kilometre')
    .option('--max-charge-kw <kW>', 'what it takes at most from a charger')
    .option('--connector <name>', "of the vehicle (default: the model's first, or ccs2)")
    .option('--start-pct <%>', 'of the battery, at the departure (default: 90)')
    .option('--reserve-pct <%>', 'never below this (default: 10)')
    .option('--full-pct <%>', 'charged up to this at most (default: 90)')
    .option('--speed-kmh <km/h>', 'on the road (default: 80)')
    .option('--margin <duration>', 'so much longer is each window than the charging (default: 10m)')
    .option('--depart <time>', 'when (default: now)')
    .option('--stale', 'answer at once, with what the node has')
    .option('--reserve', 'reserve its stops at once, all or none')
    .option('--vehicle <id>', 'with --reserve: for whom (default: anonimo)')
    .action(async (options: object) => {
      const { planCommand } = await import('../commands/plan.js');
      finish(await planCommand(byFlagName(options)));
    });

  withNode(program.command('reserve').description('reserve every stop of a trip, or none'))
    .argument(
      '<stops...>',
      'POINT@START/END or CITY:CONNECTOR:KW@START/END; END may be a duration: 9@+2h/40m',
    )
    .option('--vehicle <id>', 'for whom (default: anonimo)')
    .option('--hold <duration>', 'expires after so long unless it is confirmed: 10m')
    .option('--after-no-show <keep|free>', 'what becomes of later stops when one is missed (default: keep)')
    .option('--key <key>', 'request key: the same request under the same key takes effect once')
    .action(async (stops: readonly string[], options: object) => {
      const { reserveCommand } = await import('../commands/reserve.js');
      finish(await reserveCommand(stops, byFlagName(options)));
    });

  withNode(program.command('cancel').description('give a reservation back, or some of its stops'))
    .argument('<id>', 'of the reservation')
    .option('--stops <numbers>', 'only these stops, with commas, from 0')
    .option('--vehicle <id>', 'whose it is (default: anonimo)')
    .option('--operator', 'end it as an operator, who gives a reason')
    .option('--reason <text>', 'why, for people; no personal data')
    .option('--key <key>', 'request key: the same request under the same key takes effect once')
    .action(async (id: string, options: object) => {
      const { cancelCommand } = await import('../commands/cancel.js');
      finish(await cancelCommand(id, byFlagName(options)));
    });

  withNode(program.command('history').description('tell what happened to a reservation, entry by entry'))
    .argument('<id>', 'of the reservation')
    .option('--vehicle <id>', 'whose it is (default: anonimo)')
    .option('--company', 'as the company of the node may see it, whose ever it is')
    .option('--stale', 'answer at once, with what the node has')
    .action(async (id: string, options: object) => {
      const { historyCommand } = await import('../commands/history.js');
      finish(await historyCommand(id, byFlagName(options)));
    });
}

function withNode(command: Command): Command {
  return command
    .option('--node <urls>', "REST addresses of nodes, with commas (default: the settings' own)")
    .option('--config <file>', 'settings file')
    .option('--json', 'print one JSON object');
}
