/**
 * Time as a vehicle lives it: the scaled time of the mesh, so that a simulated day can pass in seconds. Drives, charges and
 * windows are in this time; only what concerns the network (time-outs, back-off, telemetry's rate) is in real time.
 */
import { setTimeout as sleepRealMs } from 'node:timers/promises';

export interface VehicleClock {
  /** Milliseconds since 1970, `speed` times faster than real time: what the ledger would say, give or take the network. */
  nowMs(): number;
  /** Resolves after that much scaled time. Rejects when `signal` aborts. */
  sleep(scaledMs: number, signal: AbortSignal): Promise<void>;
  /** Scaled milliseconds in a real one; 1 outside of demos. */
  readonly speed: number;
}

/** A clock over `wallMs`, which already runs `speed` times faster than real time. */
export function vehicleClock(wallMs: () => number, speed: number): VehicleClock {
  return {
    speed,
    nowMs: () => Math.floor(wallMs()),
    async sleep(scaledMs, signal) {
      await sleepRealMs(Math.max(0, scaledMs / speed), undefined, { signal });
    },
  };
}
