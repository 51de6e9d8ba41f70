import { type Append, cut, fitTogether, type Piece } from "./producer.ts";

/** Pieces for one topic that go out together. */
export interface Request {
  readonly topic: string;
  readonly pieces: readonly Piece[];
}

interface Waiting {
  readonly topic: string;
  readonly pieces: readonly Piece[];
  readonly job: Job;
}

interface Job {
  left: number;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
  failed: boolean;
}

/**
 * Sends one request after the other, which keeps the order however often one is repeated. What is
 * appended meanwhile goes out together in the next: no timer, no latency when idle.
 */
export class SendQueue {
  readonly #send: (request: Request) => Promise<void>;
  readonly #waiting: Waiting[] = [];
  #running = false;

  constructor(send: (request: Request) => Promise<void>) {
    this.#send = send;
  }

  /**
   * Returns when all of the append was sent, after all that was pushed before: there is no room to
   * wait for, at which a later one could overtake. Each caller holds back what it has not appended.
   */
  async push(append: Append): Promise<void> {
    const requests = cut(append);
    if (requests.length === 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const job = { left: requests.length, done: resolve, fail: reject, failed: false };
    for (const pieces of requests) this.#waiting.push({ topic: append.topic, pieces, job });
    if (!this.#running) this.#run();
    await promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let batch = this.#next(); batch.length > 0; batch = this.#next()) {
      await this.#deliver(batch);
    }
    this.#running = false;
  }

  /** Neighbours for one topic that fit into one request. */
  #next(): Waiting[] {
    const batch: Waiting[] = [];
    let pieces: Piece[] = [];
    for (let head = this.#waiting[0]; head; head = this.#waiting[0]) {
      const first = batch[0];
      if (first && (first.topic !== head.topic || !fitTogether(pieces, head.pieces))) break;
      this.#waiting.shift();
      // What follows a part that failed would leave a gap.
      if (head.job.failed) continue;
      batch.push(head);
      pieces = [...pieces, ...head.pieces];
    }
    return batch;
  }

  async #deliver(batch: readonly Waiting[]): Promise<void> {
    const [first] = batch;
    if (!first) return;
    try {
      await this.#send({ topic: first.topic, pieces: batch.flatMap(({ pieces }) => pieces) });
      for (const { job } of batch) {
        if (--job.left === 0) job.done();
      }
    } catch (error) {
      for (const { job } of batch) {
        job.failed = true;
        job.fail(error);
      }
    }
  }
}
