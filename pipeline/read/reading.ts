/** What the process that reads is asked, and answers: a line of JSON each. @module */
import { type ErrorCode, isErrorCode } from "../error_codes.ts";
import { z } from "zod";
import { TickhouseError } from "../errors.ts";
import type { Bind } from "../sql/session.ts";
import type { ResultLimits } from "./result.ts";

/** A value to be bound, as JSON has it. */
export const BIND = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  // What JSON has no number for: it would come as null.
  z.object({ number: z.enum(["NaN", "Infinity", "-Infinity"]) })
    .transform(({ number }) => Number(number)),
  z.object({ bigint: z.string().regex(/^-?\d{1,400}$/) }).transform(({ bigint }) => BigInt(bigint)),
]);

/** As `BIND` reads it. */
export function encodeBind(bind: Bind): unknown {
  if (typeof bind === "bigint") return { bigint: String(bind) };
  return typeof bind === "number" && !Number.isFinite(bind) ? { number: String(bind) } : bind;
}

/** A statement to be run on a snapshot. */
export interface ReadingJob {
  /** Of the snapshot, and of the result. */
  readonly folder: string;
  readonly sql: string;
  readonly binds: readonly Bind[];
  /** JSON as `resultText` gives it, or Parquet for a frame. */
  readonly kind: "json" | "parquet";
  readonly limits: ResultLimits;
}

const LIMITS = z.object({ rowsMax: z.number(), bytesMax: z.number() });

/** A line to the process. */
export const ASK = z.discriminatedUnion("ask", [
  z.object({ ask: z.enum(["parse", "filter"]), sql: z.string() }),
  z.object({
    ask: z.literal("run"),
    folder: z.string(),
    sql: z.string(),
    binds: z.array(BIND),
    kind: z.enum(["json", "parquet"]),
    limits: LIMITS,
  }),
]);

/** A line to the process, before it is one. */
export type Ask = z.input<typeof ASK>;

/** A line from the process. */
export type Answer = { readonly value: unknown } | { readonly error: WireError };

/** An error on its way between processes. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly kind: "terminal" | "transient";
}

/** A code of another version may be none of this one. */
export function knownCode(code: string): ErrorCode {
  return isErrorCode(code) ? code : "QUERY_FAILED";
}

/** The error as it was thrown; its message is whole. */
export function fromWire({ code, message, kind }: WireError): TickhouseError {
  return new TickhouseError(knownCode(code), message, { kind });
}

/** Lines of a stream of bytes. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let held = "";
  for await (const bytes of stream) {
    const lines = (held + decoder.decode(bytes, { stream: true })).split("\n");
    held = lines.pop() ?? "";
    yield* lines;
  }
}

/** The most that a process which reads may take. */
export const READING = {
  /** Of the engine. */
  memory: "256MiB",
  /** Data of the process in all, bytes. */
  dataMax: 2 ** 30,
  /** Bytes that the engine may put on disk. */
  spillMax: 2 ** 30,
  /** Bytes of one file. */
  fileMax: 1.25 * 2 ** 30,
} as const;

/** Exit status of a process that took more memory than it may. */
export const EXIT_MEMORY = 75;

/** Names in the folder of a job. */
export const JOB_FILES = {
  /** Its name is that of the database in statements. */
  snapshot: "warehouse.duckdb",
  json: "result.json",
  parquet: "result.parquet",
  spill: "spill",
} as const;
