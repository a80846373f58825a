/**
 * What `malha vehicle` runs with. Counts and cities are arguments of the command, not settings.
 */
import type { ClockSettings } from './node-settings.js';

export interface VehicleSettings {
  /** REST addresses, at least one, such as `http://127.0.0.1:8085`; no slash at the end. */
  readonly nodes: readonly string[];
  /** MQTT brokers, at least one, such as `mqtt://127.0.0.1:1883`. */
  readonly brokers: readonly string[];
  readonly legacyWindowMinutes: number;
  readonly chargeMinutes: number;
  readonly chargeGraceMinutes: number;
  /** Absolute; undefined: no files. */
  readonly jsonDir: string | undefined;
  readonly jsonBytesMax: number;
  /** Undefined: the machine's clock. */
  readonly clock: ClockSettings | undefined;
}
