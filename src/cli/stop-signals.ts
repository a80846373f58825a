/**
 * How a command is asked to end: SIGTERM, SIGINT, SIGHUP, or the end of a parent that holds an IPC channel.
 * A second SIGINT ends the process at once.
 */
import { EXIT_INTERRUPTED } from './world.js';

export interface StopSignals {
  /** Aborted by the first request to end. */
  readonly signal: AbortSignal;
  /** Takes the listeners away. */
  release(): void;
}

/** `onSecond` runs before the process ends by a second SIGINT. */
export function listenForStop(onSecond: () => void = () => {}): StopSignals {
  const controller = new AbortController();
  const stop = () => controller.abort();
  const interrupt = () => {
    if (controller.signal.aborted) {
      onSecond();
      process.exit(EXIT_INTERRUPTED);
    }
    stop();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  process.on('disconnect', stop);
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', stop);
      process.off('SIGHUP', stop);
      process.off('disconnect', stop);
    },
  };
}

/** Resolves once the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
