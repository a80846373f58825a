/**
 * The logger port: what pino's loggers offer, narrowed to what is used. The only part of `observe/` that all
 * layers but the cores may import.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };
