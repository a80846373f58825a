/**
 * `malha vehicle`: simulated vehicles against nodes and brokers that run already. On the first request to end they free what
 * they hold.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { SILENT } from '../../observe/logger.js';
import { vehicleClock } from '../../vehicle/clock.js';
import { startFleet } from '../../vehicle/fleet.js';
import { loadModels } from '../../vehicle/models.js';
import { seededRandom } from '../../vehicle/random.js';
import { parseCount } from '../arguments.js';
import { vehicleLine } from '../demo/progress.js';
import { withoutPassword } from '../host-port.js';
import { systemClock } from '../node/system-clock.js';
import { resolveVehicleSettings } from '../settings.js';
import { aborted, listenForStop } from '../stop-signals.js';
import { paintWith } from '../terminal.js';
import { openVehicleLog } from '../vehicle-log.js';
import { EXIT_OK, type Flags, packagePath, say, sayFaults, settingsWorld, wantsColour } from '../world.js';

const COUNT_MAX = 1_000;

export async function vehicleCommand(flags: Flags): Promise<number> {
  const faults: string[] = [];
  const count = parseCount('count', flags.count ?? '1', 1, COUNT_MAX, faults);
  const resolved = resolveVehicleSettings(settingsWorld(flags));
  if (!resolved.ok) return sayFaults([...faults, ...resolved.faults]);
  const models = await loadModels(packagePath('data/models.json'));
  if (flags.model !== undefined && !models.some(({ id }) => id === flags.model)) {
    faults.push(
      `--model (flag): must be one of ${models.map(({ id }) => id).join(', ')}, got ${flags.model}`,
    );
  }
  if (faults.length > 0) return sayFaults(faults);
  for (const warning of resolved.warnings) say(`malha: ${warning}`);

  const { settings } = resolved;
  const clock = systemClock(settings.clock);
  const paint = paintWith(wantsColour(process.stderr));
  const names = { point: (id: string) => id, owner: withoutPassword };
  const warn = (_fields: object, message: string): void => say(`malha: ${message}`);
  const log = openVehicleLog(settings, () => clock.wallMs(), { ...SILENT, warn });
  const stop = listenForStop();
  const fleet = startFleet({
    count,
    nodes: settings.nodes,
    brokers: settings.brokers,
    clock: vehicleClock(() => clock.wallMs(), clock.speed),
    random: seededRandom(randomInt(2 ** 32)),
    models,
    onEvent: (event) => {
      log?.keep(event);
      const line = vehicleLine(event, names, paint);
      if (line !== undefined) say(line);
    },
    from: flags.from,
    to: flags.to,
    modelId: flags.model,
    documentedEvery: flags.documented === undefined ? undefined : 1,
    chargeMinutes: settings.chargeMinutes,
    chargeGraceMinutes: settings.chargeGraceMinutes,
    legacyWindowMinutes: settings.legacyWindowMinutes,
    // Two of these processes on one mesh must not be the same vehicles.
    idPrefix: `veiculo-${randomBytes(2).toString('hex')}`,
    signal: stop.signal,
  });
  await aborted(stop.signal);
  await fleet.stop();
  await log?.close();
  return EXIT_OK;
}
