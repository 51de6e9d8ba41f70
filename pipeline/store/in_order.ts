/**
 * Applies `work` to `limit` items at a time, and yields the results in the order of the items.
 * Throws what the work on the first failing item threw, once no work is under way any more.
 */
export async function* mapInOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      // Thrown when its turn comes, which may be later than its failure.
      result.catch(() => undefined);
      running.push(result);
      const oldest = running.length < limit ? undefined : running.shift();
      if (oldest) yield await oldest;
    }
    for (let next = running.shift(); next; next = running.shift()) yield await next;
  } finally {
    await Promise.allSettled(running);
  }
}
