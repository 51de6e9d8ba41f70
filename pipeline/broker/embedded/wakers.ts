/** Who waits, in this process, for records of which topic. */
export class Wakers {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** `wake` is called at the next append to the topic. */
  add(topic: string, wake: () => void): void {
    const waiting = this.#waiting.get(topic);
    if (waiting) waiting.add(wake);
    else this.#waiting.set(topic, new Set([wake]));
  }

  /** No longer waits. */
  delete(topic: string, wake: () => void): void {
    this.#waiting.get(topic)?.delete(wake);
  }

  /** Something was appended to the topic. */
  wake(topic: string): void {
    for (const wake of this.#waiting.get(topic) ?? []) wake();
  }
}
