/** Does one work after the other, in the order they were given. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work when those before it are done, well or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    // Whoever gave the work has `turn`; this only keeps the order.
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Waits for all that was given before. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
