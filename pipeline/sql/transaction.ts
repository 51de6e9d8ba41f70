import type { SqlSession } from "./session.ts";

/** What a transaction needs of a session, which may know that its connection is lost. */
export type Transacting = Pick<SqlSession, "run"> & { readonly broken?: boolean };

/**
 * Does `work` in a transaction, and keeps all of it, or nothing: if it throws, or if `keeps` says no
 * to what it returned. What failed first is thrown.
 */
export async function inTransaction<T>(
  session: Transacting,
  work: () => Promise<T>,
  keeps: (value: T) => boolean = () => true,
): Promise<T> {
  await session.run("BEGIN");
  try {
    const value = await work();
    await session.run(keeps(value) ? "COMMIT" : "ROLLBACK");
    return value;
  } catch (error) {
    // DuckDB ends some by itself: then there is none. One whose connection broke ends with it.
    if (!session.broken) await Promise.allSettled([session.run("ROLLBACK")]);
    throw error;
  }
}
