/**
 * The window of appends sent to one peer and not yet acknowledged, bounded in messages and in bytes.
 * A ring that grows on demand, so that a generous bound costs nothing until it is used.
 */
import { assert } from './assert.js';

const CAPACITY_AT_FIRST = 8;

export class Inflights {
  private lastIndexes: number[] = [];
  private sizes: number[] = [];
  private start = 0;
  private messages = 0;
  private bytes = 0;

  constructor(
    private readonly messagesMax: number,
    private readonly bytesMax: number,
  ) {}

  /** Messages in flight. */
  get count(): number {
    return this.messages;
  }

  /** True when no further message with entries may be sent. The message that reaches `bytesMax` may exceed it. */
  get full(): boolean {
    return this.messages >= this.messagesMax || this.bytes >= this.bytesMax;
  }

  /** Records a message whose last entry is `lastIndex`; indexes must not fall. Asserts that there is room. */
  add(lastIndex: number, bytes: number): void {
    assert(!this.full, 'an append was sent into a full window');
    if (this.messages === this.lastIndexes.length) this.grow();
    const slot = (this.start + this.messages) % this.lastIndexes.length;
    this.lastIndexes[slot] = lastIndex;
    this.sizes[slot] = bytes;
    this.messages++;
    this.bytes += bytes;
  }

  /** Frees every message whose entries are all acknowledged by `index`. */
  freeUpTo(index: number): void {
    while (this.messages > 0 && this.lastIndexes[this.start]! <= index) {
      this.bytes -= this.sizes[this.start]!;
      this.start = (this.start + 1) % this.lastIndexes.length;
      this.messages--;
    }
  }

  /** Forgets everything in flight. */
  clear(): void {
    this.start = 0;
    this.messages = 0;
    this.bytes = 0;
  }

  private grow(): void {
    const capacity = Math.max(CAPACITY_AT_FIRST, this.lastIndexes.length * 2);
    const lastIndexes = new Array<number>(capacity).fill(0);
    const sizes = new Array<number>(capacity).fill(0);
    for (let position = 0; position < this.messages; position++) {
      const slot = (this.start + position) % this.lastIndexes.length;
      lastIndexes[position] = this.lastIndexes[slot]!;
      sizes[position] = this.sizes[slot]!;
    }
    this.lastIndexes = lastIndexes;
    this.sizes = sizes;
    this.start = 0;
  }
}
