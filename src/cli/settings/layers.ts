/**
 * Which layer says what: flag > environment > `.env` > file > default. Values are still text here; an empty
 * variable counts as not given, as compose files pass `${NAME:-}`.
 */
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { didYouMean } from '../nearest.js';
import { readSettingsFile } from './file.js';
import {
  isRetiredVariable,
  OTHER_VARIABLES,
  SETTING_KEYS,
  type SettingKey,
  type SettingName,
  variableOf,
} from './keys.js';
import type { SettingsWorld } from './settings-world.js';

/** A value with where it came from, such as `MALHA_REST` from `environment`. */
export interface Given {
  readonly value: string;
  readonly label: string;
  readonly layer: string;
}

export interface Layers {
  /** What each layer gives for a setting, the strongest first. */
  given(name: SettingName): readonly Given[];
  /** A variable that is no setting, from the environment or `.env`. */
  variable(name: string): Given | undefined;
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads `.env` of the working directory and the file that `--config` names. */
export function readLayers(world: SettingsWorld): Layers {
  const faults: string[] = [];
  const dotEnv = readDotEnv(world, faults);
  const configFile = world.flags.config;
  const file = configFile === undefined ? new Map() : readSettingsFile(configFile, world, faults);
  const variableLayers = [
    { layer: 'environment', variables: world.env },
    { layer: '.env', variables: dotEnv },
  ];

  return {
    given(name) {
      const candidates: Given[] = [];
      const flag = world.flags[name];
      if (flag !== undefined) candidates.push({ value: flag, label: `--${name}`, layer: 'flag' });
      for (const { layer, variables } of variableLayers) {
        for (const label of [variableOf(name), ...olderNamesOf(name)]) {
          const value = variables[label];
          if (value !== undefined && value !== '') candidates.push({ value, label, layer });
        }
      }
      const inFile = file.get(name);
      if (inFile !== undefined) candidates.push({ value: inFile, label: name, layer: configFile ?? '' });
      return candidates;
    },
    variable(label) {
      for (const { layer, variables } of variableLayers) {
        const value = variables[label];
        if (value !== undefined && value !== '') return { value, label, layer };
      }
      return undefined;
    },
    faults,
    warnings: [...retiredWarning(world.env, dotEnv), ...unknownWarnings(world.env, dotEnv)],
  };
}

function olderNamesOf(name: SettingName): readonly string[] {
  const entry: SettingKey | undefined = SETTING_KEYS.find((candidate) => candidate.name === name);
  return entry?.older ?? [];
}

function readDotEnv(world: SettingsWorld, faults: string[]): Readonly<Record<string, string | undefined>> {
  try {
    const text = world.readFile(join(world.cwd, '.env'));
    return text === undefined ? {} : parseEnv(text);
  } catch (error) {
    faults.push(`.env: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return {};
  }
}

type Variables = Readonly<Record<string, string | undefined>>;

function retiredWarning(env: Variables, dotEnv: Variables): string[] {
  const retired = namesIn(env, dotEnv).filter(isRetiredVariable);
  if (retired.length === 0) return [];
  return [`no longer used, and ignored: ${retired.join(', ')}`];
}

function unknownWarnings(env: Variables, dotEnv: Variables): string[] {
  const known: string[] = [...SETTING_KEYS.map((entry) => variableOf(entry.name)), ...OTHER_VARIABLES];
  return namesIn(env, dotEnv)
    .filter((name) => name.startsWith('MALHA_') && !known.includes(name))
    .map((name) => `${name} is no setting${didYouMean(name, known)}`);
}

function namesIn(env: Variables, dotEnv: Variables): string[] {
  return [...new Set([...Object.keys(env), ...Object.keys(dotEnv)])].sort();
}
