/**
 * The process as the commands see it: the one place that reads `process.env`, the working directory and where
 * the package lies.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isRetiredVariable, SETTING_KEYS } from './settings/keys.js';
import type { SettingsWorld } from './settings/settings-world.js';

/** Flags of a command by their names without dashes. */
export type Flags = Readonly<Record<string, string | undefined>>;

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
/** Called wrongly: an unknown flag or command, a faulty setting. */
export const EXIT_USAGE = 2;
/** Ended by a second SIGINT. */
export const EXIT_INTERRUPTED = 130;

export function settingsWorld(flags: Flags): SettingsWorld {
  return {
    flags,
    env: process.env,
    cwd: process.cwd(),
    readFile: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
  };
}

/** The absolute path of a file that comes with the package, such as `data/bahia.json`. */
export function packagePath(relative: string): string {
  return fileURLToPath(new URL(`../../${relative}`, import.meta.url));
}

/** As package.json says it. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string };
  return version;
}

export function packagedSeed(): string {
  return packagePath('data/bahia.json');
}

/** Whether this is no place for what helps to develop (Node's own convention). */
export function inProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}

/** Whether `stream` is a terminal that shows colours; `NO_COLOR` (any non-empty value) says no. */
export function wantsColour(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
}

/** One line for people, on stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Every fault of the settings on a line of its own; the exit code for it. */
export function sayFaults(faults: readonly string[]): number {
  for (const fault of faults) say(`malha: ${fault}`);
  return EXIT_USAGE;
}

/** The environment without any setting of malha: for children that get theirs as flags. */
export function environmentWithoutSettings(): NodeJS.ProcessEnv {
  const older: readonly string[] = SETTING_KEYS.flatMap((key) => key.older);
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith('MALHA_') && !older.includes(name) && !isRetiredVariable(name),
    ),
  );
}
