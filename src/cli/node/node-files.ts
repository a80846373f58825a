/**
 * The JSON files of a node, where its settings want some.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { showFiles } from '../../observe/files/file-metrics.js';
import { JsonFiles } from '../../observe/files/json-files.js';
import { NODE_FILE_SYSTEM } from '../../observe/files/node-file-system.js';
import type { Logger } from '../../observe/logger.js';
import type { Mesh } from '../../replica/mesh.js';
import type { NodeSettings } from '../node-settings.js';
import { systemClock } from './system-clock.js';

/** Of the node's own reserve: the files give way before the node hands leadership on. */
const RESERVES_LEFT = 2;

/** Undefined where no files are wanted. They are written from now on, in the background, and shown in `registry`. */
export function openFiles(
  settings: NodeSettings,
  mesh: Mesh,
  logger: Logger,
  registry: Registry,
): JsonFiles | undefined {
  const { jsonDir, jsonBytesMax, company, dataDir, diskReserveBytes } = settings;
  if (jsonDir === undefined) return undefined;
  const directory = join(jsonDir, company);
  const clock = systemClock(settings.clock);
  const files = new JsonFiles({
    ...{ mesh, company, directory, logger, bytesMax: jsonBytesMax, fileSystem: NODE_FILE_SYSTEM },
    async reserveBytes() {
      const [files, data] = await Promise.all([stat(directory), stat(dataDir)]);
      return files.dev === data.dev ? RESERVES_LEFT * diskReserveBytes : 0;
    },
    wallMs: () => clock.wallMs(),
  });
  showFiles(registry, () => files.counts());
  return files;
}
