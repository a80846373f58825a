/**
 * The settings file of `--config`: YAML, one mapping, its keys the flags' names. What it does not know is a
 * fault, so that a mistyped key never passes for a default.
 */
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { didYouMean } from '../nearest.js';
import { SETTING_KEYS } from './keys.js';
import type { SettingsWorld } from './settings-world.js';

/** Values as text by setting name; what is wrong goes to `faults`, one line each. */
export function readSettingsFile(
  shownPath: string,
  world: Pick<SettingsWorld, 'cwd' | 'readFile'>,
  faults: string[],
): Map<string, string> {
  const values = new Map<string, string>();
  const content = parseFile(shownPath, world, faults);
  const known = SETTING_KEYS.map((entry) => entry.name);
  for (const [key, value] of Object.entries(content)) {
    const name = key.replaceAll('_', '-').toLowerCase();
    if (!known.some((candidate) => candidate === name)) {
      faults.push(`${shownPath}: unknown key ${key}${didYouMean(name, known)}`);
      continue;
    }
    const text = asText(name, value);
    if (text === undefined) faults.push(`${shownPath}: ${key} must be a single value`);
    else values.set(name, text);
  }
  return values;
}

function parseFile(
  shownPath: string,
  world: Pick<SettingsWorld, 'cwd' | 'readFile'>,
  faults: string[],
): Readonly<Record<string, unknown>> {
  try {
    const text = world.readFile(resolve(world.cwd, shownPath));
    if (text === undefined) {
      faults.push(`--config: no file ${shownPath}`);
      return {};
    }
    const content: unknown = parse(text) ?? {};
    if (isMapping(content)) return content;
    faults.push(`${shownPath}: must be a mapping of settings`);
  } catch (error) {
    const [firstLine] = (error instanceof Error ? error.message : String(error)).split('\n');
    faults.push(`${shownPath}: ${firstLine?.replace(/:$/, '')}`);
  }
  return {};
}

/** Peers may be written as a mapping of company to address, which reads better than the list of one line. */
function asText(name: string, value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (name === 'peers' && isMapping(value)) {
    return Object.entries(value)
      .map(([company, address]) => `${company}=${String(address)}`)
      .join(',');
  }
  return undefined;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
