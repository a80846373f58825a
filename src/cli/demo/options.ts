/**
 * What a demo is asked for: its own flags, and the settings that all its nodes have in common.
 */
import { resolve } from 'node:path';
import { parseCount, parseSeconds, parseSpeed } from '../arguments.js';
import type { NodeSettings } from '../node-settings.js';
import { resolveNodeSettings } from '../settings.js';
import { type Flags, packagedSeed, settingsWorld } from '../world.js';
import { DEMO_COMPANIES_MAX } from './layout.js';

/** So fast that the longest trip of the packaged data, eleven hours with its charges, is over in some twenty seconds. */
export const DEFAULT_SPEED = 2_400;

const VEHICLES_MAX = 200;

/** What a demo decides itself, so that a `.env` made for one node neither warns nor stands in its way. */
const OWN_SETTINGS: Flags = {
  company: 'empresa_a',
  rest: '127.0.0.1:8085',
  grpc: '127.0.0.1:9085',
  mqtt: '127.0.0.1:1883',
  peers: 'empresa_a=127.0.0.1:9085',
};

export interface DemoOptions {
  readonly companies: number;
  readonly vehicles: number;
  readonly speed: number;
  /** Real time; undefined: until it is asked to end. */
  readonly durationMs: number | undefined;
  /** Absolute. */
  readonly directory: string;
  readonly fresh: boolean;
  readonly json: boolean;
  readonly settings: NodeSettings;
  readonly warnings: readonly string[];
}

/** Settings come from environment, `.env` and defaults; addresses, company, data and clock of the nodes are the demo's own. */
export function demoOptions(flags: Flags): DemoOptions | { readonly faults: readonly string[] } {
  const faults: string[] = [];
  const world = settingsWorld(OWN_SETTINGS);
  const resolved = resolveNodeSettings(world, packagedSeed());
  const options = {
    companies: parseCount('companies', flags.companies ?? '3', 1, DEMO_COMPANIES_MAX, faults),
    vehicles: parseCount('vehicles', flags.vehicles ?? '12', 0, VEHICLES_MAX, faults),
    speed: parseSpeed('speed', flags.speed ?? String(DEFAULT_SPEED), faults),
    durationMs:
      flags.duration === undefined ? undefined : parseSeconds('duration', flags.duration, faults) * 1_000,
    directory: resolve(world.cwd, flags.data ?? '.malha'),
    fresh: flags.fresh !== undefined,
    json: flags.json !== undefined,
  };
  if (!resolved.ok) return { faults: [...faults, ...resolved.faults] };
  if (faults.length > 0) return { faults };
  return { ...options, settings: resolved.settings, warnings: resolved.warnings };
}

/** The flags that every node of the demo gets. */
export function sharedArguments({ settings }: DemoOptions, clock: string): readonly string[] {
  return [
    `--clock=${clock}`,
    `--lease-reads=${settings.leaseReads ? 'on' : 'off'}`,
    `--clock-skew-ms=${settings.clockSkewMs}`,
    `--seed=${settings.seed}`,
    ...(settings.jsonDir === undefined ? [] : [`--json-dir=${settings.jsonDir}`]),
    `--json-max-mb=${settings.jsonBytesMax / 1_048_576}`,
    `--log-level=${settings.logLevel}`,
    `--request-timeout-ms=${settings.requestTimeoutMs}`,
    `--heartbeat-ms=${settings.heartbeatMs}`,
    `--election-ms=${settings.electionMs}`,
    `--retry-max=${settings.retryMax}`,
    `--retry-base-ms=${settings.retryBaseMs}`,
    `--retry-cap-ms=${settings.retryCapMs}`,
    `--legacy-window-minutes=${settings.legacyWindowMinutes}`,
    `--charge-minutes=${settings.chargeMinutes}`,
    `--charge-grace-minutes=${settings.chargeGraceMinutes}`,
    `--disk-reserve-mb=${settings.diskReserveBytes / 1_048_576}`,
    `--compact-entries=${settings.compactEntries}`,
  ];
}
