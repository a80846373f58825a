/** The JSON files in the node's metrics: looked up when somebody asks. Only a node that writes files has them. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { FILE_KINDS, type FileKind } from './day-file.js';
import type { FileCounts } from './json-files.js';

export function showFiles(registry: Registry, counts: () => FileCounts): void {
  const registers = [registry];
  const byKind = (name: string, help: string, look: () => Readonly<Record<FileKind, number>>) =>
    new Counter({
      ...{ name, help, registers, labelNames: ['kind'] },
      collect() {
        this.reset();
        const numbers = look();
        for (const kind of FILE_KINDS) this.inc({ kind }, numbers[kind]);
      },
    });
  const gauge = (name: string, help: string, look: () => number) =>
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(look());
      },
    });
  byKind('malha_json_lines_total', 'Lines written to the JSON files.', () => counts().lines);
  byKind('malha_json_lines_lost_total', 'Lines of the broker that found no room.', () => counts().lost);
  new Counter({
    ...{ name: 'malha_json_pauses_total', help: 'How often the JSON files could not be written.', registers },
    collect() {
      this.reset();
      this.inc(counts().pauses);
    },
  });
  gauge('malha_json_bytes', 'What the JSON files take, all together.', () => counts().bytes);
  gauge(
    'malha_json_index',
    'Every entry up to this index that belongs into the files is in them.',
    () => counts().index,
  );
  gauge('malha_json_paused', 'Whether the JSON files cannot be written now (1).', () =>
    Number(counts().paused),
  );
}
