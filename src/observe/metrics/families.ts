/**
 * How metrics are declared: in the registry of one node, never in the one that a process has by default, so that two nodes
 * in a process, as tests have them, do not count for each other.
 *
 * Names and units are by the conventions of Prometheus: seconds and bytes, a counter ends with `_total`. The values of a
 * label come from a closed set, or from the members of the mesh: never from what a caller sent.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** From a millisecond, which a local answer takes, up to beyond the longest time that a caller is given. */
export const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** From a write into a cache up to a disk that stalls. */
export const DISK_SECONDS = [
  0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1, 2, 5,
];

export class Families {
  constructor(readonly registry: Registry) {}

  counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly L[] = [],
  ): Histogram<L> {
    const shape = { buckets: [...buckets], labelNames: [...labelNames] };
    return new Histogram({ name, help, ...shape, registers: [this.registry] });
  }
}

/** Shows a value, or nothing where it is not known: a made-up 0 would be believed. */
export function show(gauge: Gauge, value: number | null | undefined): void {
  if (value === null || value === undefined) gauge.remove();
  else gauge.set(value);
}

/** 1 for yes, as Prometheus has no other. */
export function flag(value: boolean | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
