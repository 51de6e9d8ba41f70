/**
 * The process in which statements of readers are parsed, planned and run, beside the one that
 * writes: whatever they do to memory, time or stack, they do it here. It runs at the lowest priority
 * and ends with its input.
 * @module
 */
import { messageOf, TickhouseError } from "../errors.ts";
import { isOutOfMemory } from "../duckdb/engine/errors.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { filterOf } from "./filter.ts";
import { limitProcess } from "./process_limits.ts";
import { type Answer, ASK, EXIT_MEMORY, linesOf, READING } from "./reading.ts";
import { runJob } from "./reading_job.ts";
import { readStatement } from "./statement.ts";

limitProcess({ dataMax: READING.dataMax, fileMax: READING.fileMax });

/** Milliseconds between two looks at its own memory. */
const LOOK_MS = 25;
// Where the system has no limit of its own; the engine works in other threads meanwhile.
Deno.unrefTimer(setInterval(() => {
  if (Deno.memoryUsage().rss > READING.dataMax) Deno.exit(EXIT_MEMORY);
}, LOOK_MS));

const parser = await DuckDbFile.open(":memory:", { threads: 1, lockedTo: [] });
const session = await parser.session();
const encoder = new TextEncoder();

// Its input is looked at while the engine works: who asks may have ended.
let answering = Promise.resolve();
for await (const line of linesOf(Deno.stdin.readable)) {
  answering = answering.then(async () => {
    const answer = await answerTo(line);
    Deno.stdout.writeSync(encoder.encode(`${JSON.stringify(answer)}\n`));
  });
}
Deno.exit(0);

async function answerTo(line: string): Promise<Answer> {
  try {
    const asked = ASK.parse(JSON.parse(line));
    if (asked.ask === "run") return { value: await runJob(asked) };
    const read = asked.ask === "parse" ? readStatement : filterOf;
    return { value: await read(session, asked.sql) };
  } catch (error) {
    const { code, kind, message } = queryError(error);
    return { error: { code, kind, message } };
  }
}

function queryError(cause: unknown): TickhouseError {
  // The setting of the engine that writes is not this one's.
  const isMemory = isOutOfMemory(cause) || /bad allocation|bad_alloc/.test(messageOf(cause));
  if (!isMemory && cause instanceof TickhouseError) return cause;
  if (!isMemory) return new TickhouseError("QUERY_FAILED", messageOf(cause), { cause });
  const what = `the statement needs more memory than a reader gets, ${READING.memory}, or more ` +
    `than ${READING.spillMax / 2 ** 20} MiB on disk`;
  const fix = "restrict it to a shorter time or fewer symbols, or to fewer columns";
  return new TickhouseError("QUERY_MEMORY", what, { field: "sql", fix, cause });
}
