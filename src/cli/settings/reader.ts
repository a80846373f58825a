/**
 * Reads settings one by one and gathers what is wrong with them. A faulty value is replaced by its default so
 * that reading goes on; `sound` tells whether a comparison between settings would mean anything.
 */
import type { z } from 'zod';
import { parseHostPort } from '../host-port.js';
import { type SettingName, variableOf } from './keys.js';
import type { Given, Layers } from './layers.js';
import { SCHEMAS, type SettingValue } from './values.js';

/** A broker's URL may carry a password. */
const SECRET: readonly string[] = ['mqtt-broker', 'broker'];

export class SettingsReader {
  readonly warnings: string[];
  readonly sources: Record<string, string> = {};
  /** Each setting that was read, as text: as it was given or as its default says. What may hold a secret is masked. */
  readonly shown: Record<string, string> = {};
  readonly #layers: Layers;
  readonly #faults: string[];
  readonly #faulty = new Set<string>();

  constructor(layers: Layers) {
    this.#layers = layers;
    this.#faults = [...layers.faults];
    this.warnings = [...layers.warnings];
  }

  get faults(): readonly string[] {
    return this.#faults;
  }

  read<Name extends SettingName>(name: Name, fallback: string): SettingValue<Name> {
    return this.readAs<SettingValue<Name>>(name, SCHEMAS[name], this.#strongest(name), fallback);
  }

  /** Undefined when no layer gives the setting, and when what it gives is faulty. */
  readOptional<Name extends SettingName>(name: Name): SettingValue<Name> | undefined {
    const given = this.#strongest(name);
    return given === undefined ? undefined : this.#parse<SettingValue<Name>>(name, SCHEMAS[name], given);
  }

  /** A value that is no row of the table of settings, by a schema of its own. */
  readAs<T>(name: string, schema: z.ZodType<unknown, string>, given: Given | undefined, fallback: string): T {
    this.shown[name] = fallback;
    const value = given === undefined ? undefined : this.#parse<T>(name, schema, given);
    return value ?? (schema.parse(fallback) as T);
  }

  /** The strongest value given under a setting's own and older names. */
  given(name: SettingName): Given | undefined {
    return this.#layers.given(name)[0];
  }

  variable(name: string): Given | undefined {
    return this.#layers.variable(name);
  }

  /** Records what a comparison with other settings found wrong. */
  fault(name: SettingName, message: string): void {
    this.#faulty.add(name);
    this.#faults.push(`${this.labelOf(name)}: ${message}`);
  }

  /** How the user wrote the setting, or would write it. */
  labelOf(name: SettingName): string {
    return this.given(name)?.label ?? variableOf(name);
  }

  sound(...names: SettingName[]): boolean {
    return names.every((name) => !this.#faulty.has(name));
  }

  #strongest(name: SettingName): Given | undefined {
    const [strongest, ...weaker] = this.#layers.given(name);
    return strongest?.label === 'PORTA' ? withHost(strongest, weaker) : strongest;
  }

  #parse<T>(name: string, schema: z.ZodType<unknown, string>, given: Given): T | undefined {
    const outcome = schema.safeParse(given.value);
    if (outcome.success) {
      this.sources[name] = `${given.layer} ${given.label}`;
      this.shown[name] = SECRET.includes(name) ? masked(given.value) : given.value;
      return outcome.data as T;
    }
    this.#faulty.add(name);
    const wanted = outcome.error.issues[0]?.message ?? 'something else';
    const got = SECRET.includes(name) ? '' : `, got ${JSON.stringify(given.value)}`;
    this.#faults.push(`${given.label} (${given.layer}): must be ${wanted}${got}`);
    return undefined;
  }
}

/** The URLs without who logs in, and how: rather too little than a part of a password. */
function masked(urls: string): string {
  return urls.replace(/\/\/.*@/s, '//***@');
}

/** The older `PORTA` is a port alone: the host stays what the weaker layers or the default say. */
function withHost(porta: Given, weaker: readonly Given[]): Given {
  const below = weaker.map((given) => parseHostPort(given.value)).find((address) => address !== undefined);
  const port = porta.value.trim().replace(/^:/, '');
  if (!/^\d+$/.test(port)) return porta;
  const host = below?.host ?? '127.0.0.1';
  return { ...porta, value: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}` };
}
