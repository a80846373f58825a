/**
 * `malha doctor`: the settings as a node would take them, and whether it could work with them. Exit 1 when it could not.
 */
import { type EffectiveSetting, effectiveSettings } from '../doctor/effective-settings.js';
import { examine } from '../doctor/examine.js';
import type { Finding } from '../doctor/finding.js';
import { resolveNodeSettings } from '../settings.js';
import { type Colour, type Paint, paintWith } from '../terminal.js';
import {
  EXIT_FAILED,
  EXIT_OK,
  type Flags,
  packagedSeed,
  sayFaults,
  settingsWorld,
  wantsColour,
} from '../world.js';

export async function doctorCommand(flags: Flags): Promise<number> {
  const { json, ...given } = flags;
  const resolved = resolveNodeSettings(settingsWorld(given), packagedSeed());
  if (!resolved.ok) return sayFaults(resolved.faults);
  const settings = effectiveSettings(resolved);
  const findings = await examine(resolved.settings);
  const sound = findings.every(({ verdict }) => verdict !== 'fault');
  const { warnings } = resolved;
  const text =
    json === undefined
      ? describe(settings, warnings, findings, paintWith(wantsColour(process.stdout))).join('\n')
      : JSON.stringify({ sound, settings, warnings, findings });
  process.stdout.write(`${text}\n`);
  return sound ? EXIT_OK : EXIT_FAILED;
}

const COLOURS: Readonly<Record<Finding['verdict'], Colour>> = { ok: 'green', note: 'yellow', fault: 'red' };

/** What was found, for people. */
export function describe(
  settings: readonly EffectiveSetting[],
  warnings: readonly string[],
  findings: readonly Finding[],
  paint: Paint,
): readonly string[] {
  const widest = (texts: readonly string[]): number => Math.max(...texts.map((text) => text.length));
  const nameWidth = widest(settings.map(({ name }) => name));
  const valueWidth = Math.min(48, widest(settings.map(({ value }) => value)));
  const faults = findings.filter(({ verdict }) => verdict === 'fault').length;
  return [
    'settings',
    ...settings.map(({ name, value, source, olderNameOf }) => {
      const from = olderNameOf === '' ? source : `${source} (older name of ${olderNameOf})`;
      const shown = `  ${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}`;
      return `${shown}  ${source === 'default' ? paint('dim', from) : from}`;
    }),
    ...warnings.map((warning) => `  ${paint('yellow', 'note')}  ${warning}`),
    '',
    'checks',
    ...findings.map(
      ({ check, verdict, text }) =>
        `  ${paint(COLOURS[verdict], verdict.padEnd(5))}  ${check.padEnd(6)}  ${text}`,
    ),
    '',
    faults === 0
      ? 'nothing keeps a node from working with these settings'
      : `${faults} ${faults === 1 ? 'fault keeps' : 'faults keep'} a node from working with these settings`,
  ];
}
