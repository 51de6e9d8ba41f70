import { hasCode, TickhouseError } from "../../errors.ts";

/** One producer a transactional id, one transaction at a time on each. */
export class Transactions<Producer> implements AsyncDisposable {
  readonly #open: (id: string) => Producer;
  readonly #close: (producer: Producer) => Promise<void>;
  readonly #producers = new Map<string, Producer>();
  /** Ends with the last transaction of the id so far. */
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #fenced = new Map<string, TickhouseError>();

  constructor(open: (id: string) => Producer, close: (producer: Producer) => Promise<void>) {
    this.#open = open;
    this.#close = close;
  }

  /**
   * Runs a transaction. After a failure the producer is given up: the next one's start ends
   * whatever was left open. One that was fenced stays so, else two would fence each other forever.
   */
  async run(id: string, transaction: (producer: Producer) => Promise<void>): Promise<void> {
    const before = this.#last.get(id) ?? Promise.resolve();
    const mine = before.then(() => this.#run(id, transaction));
    this.#last.set(id, mine.catch(() => {}));
    await mine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#last.values());
    for (const producer of this.#producers.values()) await this.#close(producer);
    this.#producers.clear();
  }

  async #run(id: string, transaction: (producer: Producer) => Promise<void>): Promise<void> {
    const fenced = this.#fenced.get(id);
    if (fenced) throw fenced;
    const producer = this.#producers.get(id) ?? this.#open(id);
    this.#producers.set(id, producer);
    try {
      await transaction(producer);
    } catch (error) {
      if (hasCode(error, "SOURCE_FENCED")) {
        this.#fenced.set(id, error);
      }
      this.#producers.delete(id);
      await this.#close(producer);
      throw error;
    }
  }
}
