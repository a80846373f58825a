/**
 * The settings as a node would take them, and where each came from.
 */
import type { NodeSettings } from '../node-settings.js';
import { SETTING_KEYS, type SettingKey, variableOf } from '../settings/keys.js';
import type { Resolved } from '../settings.js';

export interface EffectiveSetting {
  readonly name: string;
  /** As text, secrets masked; '' for none. */
  readonly value: string;
  /** Such as `environment MALHA_REST` or `flag --rest`; `default` where nobody said anything. */
  readonly source: string;
  /** The name of today, where it was given under one of the earlier service; else ''. */
  readonly olderNameOf: string;
}

export function effectiveSettings({
  settings,
  shown,
  sources,
}: Extract<Resolved<NodeSettings>, { ok: true }>): readonly EffectiveSetting[] {
  // What follows from other settings, or from where the command runs.
  const derived: Readonly<Record<string, string | undefined>> = {
    data: settings.dataDir,
    'json-dir': settings.jsonDir,
    mqtt: settings.mqtt === 'off' ? 'off' : undefined,
  };
  const keys: readonly SettingKey[] = SETTING_KEYS;
  return SETTING_KEYS.filter((_, position) => keys[position]!.usedBy.includes('node')).map((key) => {
    const source = sources[key.name] ?? 'default';
    const older: readonly string[] = key.older;
    const isOlder = older.some((name) => source.endsWith(` ${name}`));
    return {
      name: key.name,
      value: derived[key.name] ?? shown[key.name] ?? key.shownDefault,
      source,
      olderNameOf: isOlder ? variableOf(key.name) : '',
    };
  });
}
