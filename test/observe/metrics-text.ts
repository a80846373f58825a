/** The text format of Prometheus, read back. */

/** One sample: its labels sorted by name, as `{a="1",b="2"}` or ''. */
export type Samples = ReadonlyMap<string, number>;

/** By `name{labels}`. */
export function samplesOf(text: string): Samples {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const at = line.lastIndexOf(' ');
    samples.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return samples;
}
