/**
 * Tasks of one lane run one after another, in the order of their arrival; lanes run beside each other. So what one
 * holder asks about one point (reserve, then free) is decided in the order in which it was asked.
 */
export class Lanes {
  readonly #tails = new Map<string, Promise<void>>();
  #tasks = 0;

  /** Tasks that run or wait. */
  get size(): number {
    return this.#tasks;
  }

  /** `task` must not reject. */
  run(lane: string, task: () => Promise<void>): void {
    this.#tasks += 1;
    const tail = (this.#tails.get(lane) ?? Promise.resolve()).then(task).finally(() => {
      this.#tasks -= 1;
      if (this.#tails.get(lane) === tail) this.#tails.delete(lane);
    });
    this.#tails.set(lane, tail);
  }

  /** Resolves once everything that was asked for until now is over. */
  async idle(): Promise<void> {
    await Promise.all(this.#tails.values());
  }
}
