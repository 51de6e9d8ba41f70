/** What DuckDB's errors mean. @module */
import { retry, RetryError, type RetryOptions } from "@std/async";
import { messageOf, TickhouseError } from "../errors.ts";

/** Whether another process has the database's file. */
export function isHeld(error: unknown): boolean {
  return error instanceof TickhouseError && error.code === "DATABASE_HELD";
}

/** Whether the memory limit was too low for what was asked; also of an error caused by that. */
export function isOutOfMemory(error: unknown): boolean {
  if (error instanceof TickhouseError && error.cause) return isOutOfMemory(error.cause);
  return /^Out of Memory/.test(messageOf(error));
}

/** Opens a database; as often as the options allow while another process has its file. */
export async function whenFree<T>(open: () => Promise<T>, options: RetryOptions): Promise<T> {
  try {
    return await retry(open, { ...options, isRetriable: isHeld });
  } catch (error) {
    throw error instanceof RetryError ? error.cause : error;
  }
}
