/**
 * Where many producers meet one consumer. Nothing waits in between: a producer goes on once what it brought was taken, so
 * that each holds one thing at most. Who came first is served first.
 */
export class Rendezvous<T> {
  readonly #brought: { readonly thing: T; readonly taken: () => void }[] = [];
  #rouse: () => void = () => {};
  #closed = false;

  /** Resolves once `thing` was taken, or nobody will take it any more. */
  bring(thing: T): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((taken) => {
      this.#brought.push({ thing, taken });
      this.#rouse();
    });
  }

  /** The next thing; undefined once nobody brings any more. One call at a time. */
  async take(): Promise<T | undefined> {
    while (this.#brought.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#rouse = resolve;
      });
    }
    const next = this.#brought.shift();
    next?.taken();
    return next?.thing;
  }

  /** What was not taken is dropped, and everybody goes on. */
  close(): void {
    this.#closed = true;
    for (const { taken } of this.#brought.splice(0)) taken();
    this.#rouse();
  }
}
