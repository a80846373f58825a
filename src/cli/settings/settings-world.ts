/** All that resolving settings sees of the world. */
export interface SettingsWorld {
  /** Flags by their name without dashes, as given on the command line. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative paths in any layer start here. */
  readonly cwd: string;
  /** Undefined when there is no such file; throws when it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
}
