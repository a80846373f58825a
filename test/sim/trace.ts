/**
 * All that happened in a run, in order: as a hash, by which two runs are compared, and for people as lines.
 * The hash does not depend on whether lines are wanted.
 */
export type Printer = (line: string) => void;

export class Trace {
  private high = 0x811c9dc5;
  private low = 0x01000193;

  /** `print`: where lines go; null when nobody reads them. */
  constructor(
    private readonly nowUs: () => number,
    private readonly print: Printer | null,
  ) {}

  /** Something happened: `numbers` tell it to the hash, `text` to people. */
  note(text: () => string, a: number, b = 0, c = 0, d = 0): void {
    this.mix(this.nowUs());
    this.mixState(a, b, c, d);
    if (this.print !== null) this.print(`${stampOf(this.nowUs())} ${text()}`);
  }

  /** Where a node stands, for the hash alone: it would drown the lines. */
  mixState(a: number, b: number, c: number, d: number): void {
    this.mix(a);
    this.mix(b);
    this.mix(c);
    this.mix(d);
  }

  /** 16 hex digits of everything so far. */
  hash(): string {
    return hex(this.high) + hex(this.low);
  }

  private mix(number: number): void {
    const folded = (number | 0) ^ Math.floor(number / 2 ** 32);
    this.high = Math.imul(this.high ^ folded, 0x85ebca6b);
    this.high = (this.high << 13) | (this.high >>> 19);
    this.low = (Math.imul(this.low, 0x9e3779b1) + (this.high ^ folded)) | 0;
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/** Seconds with microseconds, in a column. */
function stampOf(us: number): string {
  return (us / 1_000_000).toFixed(6).padStart(12);
}
