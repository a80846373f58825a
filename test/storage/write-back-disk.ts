/**
 * A disk that loses power: rebuilt from a trace of a process's system calls, it knows at each moment what was synced.
 *
 * 1. What a file holds after a power loss is what was written before its last sync began, once that sync has ended.
 *    What was written since may be there as well; the test says of which files.
 * 2. Names (new files, renames, removals) are there at once, as ext4 orders them behind the contents that they name.
 * 3. A call that changes the directory in a way that is not modelled is an error: the model must never be kinder than
 *    the disk.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What strace must be told, for a trace that can be read here. */
export const TRACE_OPTIONS: readonly string[] = [
  ...['-xx', '-s', '1000000', '-e'],
  'trace=openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,lseek,ftruncate,truncate,fallocate,fdatasync,fsync,' +
    'rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,copy_file_range,sendfile',
];

interface Call {
  readonly thread: string;
  readonly name: string;
  readonly args: string;
  /** Null when the call only begins here, or never ended. */
  readonly result: number | null;
  readonly begins: boolean;
}

interface File {
  written: Buffer;
  synced: Buffer;
}

export class WriteBackDisk {
  /** Everything the process wrote to its standard output so far: what it acknowledged. */
  output = '';
  readonly #root: string;
  readonly #files = new Map<string, File>();
  readonly #offsets = new Map<string, number>();
  /** Of syncs under way, by thread: what they will have made durable. */
  readonly #syncing = new Map<string, { readonly path: string; readonly content: Buffer }>();

  private constructor(root: string) {
    this.#root = root;
  }

  /** The disk with the files of `image` on it, all of them synced; the process calls their directory `root`. */
  static async holding(image: string, root: string): Promise<WriteBackDisk> {
    const disk = new WriteBackDisk(root);
    for (const entry of await readdir(image, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const content = await readFile(path);
      disk.#files.set(root + path.slice(image.length), { written: content, synced: content });
    }
    return disk;
  }

  /** Plays the trace; yields after every call that changed what a power loss would leave, or what was acknowledged. */
  *play(trace: readonly string[]): Generator<void> {
    for (const call of callsOf(trace)) if (this.#play(call)) yield;
  }

  /** Puts down in `directory` what is there after a power loss; of files that `keeps`, also what was not synced. */
  async leave(directory: string, keeps: (path: string) => boolean): Promise<void> {
    for (const [path, { written, synced }] of this.#files) {
      const target = directory + path.slice(this.#root.length);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, keeps(path) ? written : synced);
    }
  }

  #play(call: Call): boolean {
    const { name, args, result, begins, thread } = call;
    const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, text]) => bytesOf(text!));
    const [, number = '', hexPath = ''] = /^(\d+)<((?:\\x[0-9a-f]{2})*)>/.exec(args) ?? [];
    const path = bytesOf(hexPath).toString();
    if (name === 'write' && number === '1' && begins) {
      // It counts from the moment on at which the process wants to say it.
      this.output += strings[0]!.toString();
      return true;
    }
    const touched = [path, ...strings.map(String)].filter((each) => each.startsWith(`${this.#root}/`));
    if (touched.length === 0) return false;
    if (name === 'fdatasync' || name === 'fsync') return this.#sync(call, path);
    if (result === null || result < 0) return false;
    switch (name) {
      case 'open':
      case 'openat':
        return this.#open(touched[0]!, String(result), args);
      case 'write':
        this.#write(path, this.#offsets.get(number)!, strings[0]!.subarray(0, result));
        this.#offsets.set(number, this.#offsets.get(number)! + result);
        return true;
      case 'pwrite64':
        this.#write(path, Number(/, (\d+)$/.exec(args)![1]), strings[0]!.subarray(0, result));
        return true;
      case 'rename':
        this.#files.set(touched[1]!, this.#files.get(touched[0]!)!);
        this.#files.delete(touched[0]!);
        return true;
      case 'unlink':
        return this.#files.delete(touched[0]!);
      case 'mkdir':
      case 'rmdir':
        return false;
      default:
        throw new Error(`the model does not know ${name}(${args}) of thread ${thread}`);
    }
  }

  #open(path: string, number: string, flags: string): boolean {
    if (/O_APPEND/.test(flags)) throw new Error(`the model does not know appending to ${path}`);
    this.#offsets.set(number, 0);
    const file = this.#files.get(path);
    if (file !== undefined) {
      if (/O_TRUNC/.test(flags)) file.written = Buffer.alloc(0);
      return false;
    }
    if (!/O_CREAT/.test(flags)) return false;
    this.#files.set(path, { written: Buffer.alloc(0), synced: Buffer.alloc(0) });
    return true;
  }

  #write(path: string, offset: number, data: Buffer): void {
    const file = this.#files.get(path)!;
    const content = Buffer.alloc(Math.max(file.written.length, offset + data.length));
    content.set(file.written);
    content.set(data, offset);
    file.written = content;
  }

  #sync({ thread, begins, result }: Call, path: string): boolean {
    const file = this.#files.get(path);
    // A directory, whose names are there anyway.
    if (file === undefined) return false;
    if (begins) this.#syncing.set(thread, { path, content: file.written });
    if (result !== 0) return false;
    file.synced = this.#syncing.get(thread)!.content;
    return true;
  }
}

/** The calls of a trace in their order: one that other threads interrupt shows twice, where it begins and where it ends. */
function* callsOf(trace: readonly string[]): Generator<Call> {
  const open = new Map<string, { readonly name: string; readonly args: string }>();
  for (const line of trace) {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    const resumed = /^<\.\.\. (\w+) resumed>(.*)\)\s+= (-?\d+)/.exec(rest);
    if (resumed !== null) {
      const { name, args } = open.get(thread)!;
      open.delete(thread);
      yield { thread, name, args: args + resumed[2]!, result: Number(resumed[3]), begins: false };
      continue;
    }
    const unfinished = /^(\w+)\((.*) <unfinished \.\.\.>$/.exec(rest);
    if (unfinished !== null) {
      const [, name = '', args = ''] = unfinished;
      open.set(thread, { name, args });
      yield { thread, name, args, result: null, begins: true };
      continue;
    }
    const whole = /^(\w+)\((.*)\)\s+= (-?\d+|\?)/.exec(rest);
    if (whole === null) continue;
    const [, name = '', args = '', result] = whole;
    yield { thread, name, args, result: result === '?' ? null : Number(result), begins: true };
  }
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex');
}
