/**
 * The disk of the JSON files in memory: a twin of the machine's for tests that crash very often. Its directories are
 * always there.
 */
import { basename, dirname } from 'node:path';
import type { FileSystem } from '../../src/observe/files/file-system.js';

export class MemoryDisk implements FileSystem {
  /** By path. */
  readonly files = new Map<string, Buffer>();

  async makeDirectory(): Promise<void> {}

  async list(path: string) {
    const own = [...this.files].filter(([each]) => dirname(each) === path);
    return own.map(([each, { length }]) => ({ name: basename(each), bytes: length })).sort(byName);
  }

  async *read(path: string, fromByte: number) {
    const bytes = this.#get(path).subarray(fromByte);
    // In parts, as a large file comes.
    for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
  }

  async readText(path: string) {
    return this.files.get(path)?.toString() ?? null;
  }

  async openToAppend(path: string) {
    if (!this.files.has(path)) this.files.set(path, Buffer.alloc(0));
    return {
      append: async (text: string) => {
        this.files.set(path, Buffer.concat([this.#get(path), Buffer.from(text)]));
      },
      sync: async () => {},
      bytes: async () => this.files.get(path)?.length ?? null,
      close: async () => {},
    };
  }

  async cut(path: string, bytes: number) {
    this.files.set(path, this.#get(path).subarray(0, bytes));
  }

  async replace(path: string, text: string) {
    this.files.set(path, Buffer.from(text));
  }

  async remove(path: string) {
    this.files.delete(path);
  }

  async freeBytes() {
    return Number.MAX_SAFE_INTEGER;
  }

  #get(path: string): Buffer {
    const bytes = this.files.get(path);
    if (bytes === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return bytes;
  }
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}
