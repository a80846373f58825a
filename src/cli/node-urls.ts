/** Which nodes a command asks over REST. */
import { reachableFromHere, urlOf } from './host-port.js';
import { urlList } from './settings/values.js';
import { resolveNodeSettings } from './settings.js';
import { type Flags, packagedSeed, settingsWorld } from './world.js';

/** What `--node` names, else where the settings say that the own node listens. */
export function nodeUrls(flags: Flags, faults: string[]): readonly string[] {
  if (flags.node !== undefined) {
    const parsed = urlList(['http', 'https']).safeParse(flags.node);
    if (parsed.success) return parsed.data;
    faults.push(
      `--node (flag): must be ${parsed.error.issues[0]?.message}, got ${JSON.stringify(flags.node)}`,
    );
    return [];
  }
  const { config } = flags;
  const resolved = resolveNodeSettings(settingsWorld({ config }), packagedSeed());
  if (resolved.ok) return [urlOf('http', reachableFromHere(resolved.settings.rest))];
  faults.push(...resolved.faults);
  return [];
}
