/**
 * The values of a generator, each made while the one before it is worked on. The generator is ended
 * by its signal: by that of the caller, or when no more is asked for.
 * @module
 */

/** Runs one value ahead. What it throws is thrown where its value would have been. */
export async function* ahead<T>(
  make: (signal: AbortSignal) => AsyncGenerator<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const own = new AbortController();
  const values = make(AbortSignal.any([signal, own.signal]));
  const ask = () => {
    const asked = values.next();
    // It is awaited below; until then its failure is nobody's.
    asked.catch(() => {});
    return asked;
  };
  let next = ask();
  try {
    while (true) {
      const { done, value } = await next;
      if (done || signal.aborted) return;
      next = ask();
      yield value;
    }
  } finally {
    own.abort();
    await Promise.allSettled([next]);
    await values.return(undefined);
  }
}
