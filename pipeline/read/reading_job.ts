/** One statement on one snapshot, in the process that reads. @module */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DuckDbFile, type DuckDbSession } from "../duckdb/engine/file.ts";
import { copyToParquet } from "./parquet.ts";
import { JOB_FILES, READING, type ReadingJob } from "./reading.ts";
import { resultText, tooLarge } from "./result.ts";

/** Milliseconds between two looks at the size of a file that the engine writes. */
const LOOK_MS = 25;

/** Runs it and returns the path of the result. Throws what the engine and `resultText` throw. */
export async function runJob(job: ReadingJob): Promise<{ path: string }> {
  const { folder, kind } = job;
  const snapshot = join(folder, JOB_FILES.snapshot);
  // A statement that reads nothing gets a database without anything in it.
  if (!existsSync(snapshot)) await (await DuckDbFile.open(snapshot))[Symbol.asyncDispose]();
  await using file = await DuckDbFile.open(snapshot, {
    readOnly: true,
    threads: 1,
    memoryLimit: READING.memory,
    spill: { folder: join(folder, JOB_FILES.spill), bytesMax: READING.spillMax },
    lockedTo: [],
  });
  await using session = await file.session();
  const path = join(folder, JOB_FILES[kind]);
  if (kind === "json") await writeJson(session, job, path);
  else await writeParquet(session, job, path);
  return { path };
}

async function writeJson(session: DuckDbSession, job: ReadingJob, path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  const encoder = new TextEncoder();
  for await (const piece of resultText(session, job.sql, job.binds, job.limits)) {
    const bytes = encoder.encode(piece);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  }
}

async function writeParquet(session: DuckDbSession, job: ReadingJob, path: string): Promise<void> {
  const { bytesMax } = job.limits;
  let isTooLarge = false;
  const timer = setInterval(async () => {
    const size = await Deno.stat(path).then(({ size }) => size, () => 0);
    if (size <= bytesMax) return;
    isTooLarge = true;
    session.connection.interrupt();
  }, LOOK_MS);
  try {
    await copyToParquet(session, job.sql, path);
  } catch (error) {
    throw isTooLarge ? tooLarge(`${Math.ceil(bytesMax / 2 ** 20)} MiB`) : error;
  } finally {
    clearInterval(timer);
  }
  const { size } = await Deno.stat(path);
  if (size > bytesMax) throw tooLarge(`${Math.ceil(bytesMax / 2 ** 20)} MiB`);
}
