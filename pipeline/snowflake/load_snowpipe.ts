/**
 * The lake into Snowflake by Snowpipe: objects are named to the pipe, land, and are settled.
 * @module
 */
import { delay } from "@std/async";
import { basename, dirname, join } from "node:path";
import type { Dataset } from "../datasets/dataset.ts";
import { snowpipe } from "./ddl.ts";
import { textIn } from "../sql/names.ts";
import { TickhouseError } from "../errors.ts";
import { Workbench } from "../decode/workbench.ts";
import { chainOf } from "../lake/chain.ts";
import { isManifest, type Link } from "../lake/layout.ts";
import { beginningsOf, lakeLog } from "../lake/log.ts";
import { LakeReader } from "../lake/reader.ts";
import type { ObjectStore } from "../store/store.ts";
import type { LoadReport } from "../warehouse/warehouse.ts";
import { adoptLog, claimLog } from "../warehouse/logs.ts";
import type { Positions } from "../warehouse/positions.ts";
import { positionsIn } from "./positions.ts";
import { assertOneWay } from "./one_way.ts";
import { settle } from "./settle.ts";
import type { Snowpipe } from "./snowpipe.ts";

/** How a lake is loaded by Snowpipe. */
export interface SnowpipeLoadOptions {
  readonly store: ObjectStore;
  /** A session of its own. */
  readonly session: Positions["session"];
  readonly pipes: Snowpipe;
  readonly dataset: Dataset;
  /** Whether the pipe's stage lies over the lake; else files are put to the internal stage. */
  readonly external?: boolean;
  /** Seconds until all must have landed. Default: 600; Snowflake says "within a few minutes". */
  readonly waitS?: number;
  /** Milliseconds between two looks. Default: 2,000. */
  readonly pollMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Loads what the lake holds beyond the positions and returns when all of it is in bronze. It may be
 * killed and started again at any time: what was named, landed or settled before stays so. Throws
 * `LAKE_FORMAT` for one object a record, `SNOWPIPE_FAILED` for a file that Snowflake can't load,
 * `SNOWPIPE_SLOW` (transient) if something has not landed in time, `WAYS_MIXED` for rows that were
 * streamed, and what `adoptLog` and `settle` throw.
 */
export async function loadBySnowpipe(options: SnowpipeLoadOptions): Promise<LoadReport> {
  const { store, session, dataset, signal } = options;
  const links = await Array.fromAsync(chainOf(store, dataset.topic));
  const manifest = links.find(({ key }) => isManifest(key));
  if (manifest) throw manifests(manifest.key);
  await assertOneWay(session, dataset, "positions");
  if (links.length > 0) await adoptLake(options, links);
  const first = await settle({ session, dataset, links });
  const report = { objects: first.objects, skipped: first.skipped, rows: first.rows };
  if (first.waiting.length === 0) return report;
  await name(options, first.waiting);
  const deadline = performance.now() + (options.waitS ?? 600) * 1000;
  for (let waiting = first.waiting; waiting.length > 0;) {
    signal?.throwIfAborted();
    const settled = await settle({ session, dataset, links: [...waiting] });
    report.objects += settled.objects;
    report.rows += settled.rows;
    const done = waiting.filter((link) => !settled.waiting.includes(link));
    await clear(options, done);
    waiting = settled.waiting;
    if (waiting.length === 0) break;
    await mustNotHaveFailed(options, waiting);
    if (performance.now() > deadline) throw await tooSlow(options, waiting);
    await delay(options.pollMs ?? 2000, signal ? { signal } : {});
  }
  return report;
}

/** Binds Snowflake to the lake's log. */
async function adoptLake(
  { store, session, dataset: { topic } }: SnowpipeLoadOptions,
  links: readonly Link[],
) {
  const snowflake = {
    query: session.query.bind(session),
    claim: (name: string, logId: string, beginnings?: readonly number[]) =>
      claimLog(positionsIn(session), name, logId, beginnings),
  };
  const log = beginningsOf(await lakeLog(store, topic), links);
  await adoptLog(snowflake, topic, log, "the lake");
}

/** Brings the objects to where the pipe finds them, and names them to it. */
async function name(options: SnowpipeLoadOptions, links: readonly Link[]): Promise<void> {
  const { store, session, pipes, dataset, external, signal } = options;
  const files: { path: string; size: number }[] = [];
  await using workbench = await Workbench.open();
  const reader = new LakeReader(store, dataset, workbench.spool, workbench.session);
  for (const link of links) {
    if (link.rows === 0) continue;
    signal?.throwIfAborted();
    if (external) {
      files.push({ path: link.key, size: (await store.head(link.key))?.size ?? 0 });
      continue;
    }
    const fetched = await reader.fetch(link);
    // A staged file is called as the local one.
    const folder = join(workbench.spool.folder, "put");
    const local = join(folder, basename(link.key));
    await Deno.mkdir(folder, { recursive: true });
    await Deno.rename(fetched, local);
    const size = (await Deno.stat(local)).size;
    await session.run(
      `PUT ${textIn("snowflake", `file://${local}`)} @bronze.lake/${dirname(link.key)}
        AUTO_COMPRESS = FALSE SOURCE_COMPRESSION = NONE OVERWRITE = TRUE`,
    );
    await Deno.remove(local);
    files.push({ path: link.key, size });
  }
  await pipes.insertFiles(snowpipe(dataset), files);
}

/** Removes what was put to the internal stage and is in bronze now. */
async function clear(
  { session, external }: SnowpipeLoadOptions,
  links: readonly Link[],
): Promise<void> {
  if (external) return;
  for (const { key, rows } of links) {
    if (rows > 0) await session.query(`REMOVE @bronze.lake/${key}`);
  }
}

async function mustNotHaveFailed(
  { pipes, dataset }: SnowpipeLoadOptions,
  waiting: readonly Link[],
): Promise<void> {
  for (const file of await pipes.insertReport(snowpipe(dataset))) {
    const failed = file.status === "LOAD_FAILED" || file.status === "PARTIALLY_LOADED";
    if (!failed || !waiting.some(({ key }) => file.path.endsWith(key))) continue;
    throw new TickhouseError("SNOWPIPE_FAILED", file.error || file.status, {
      field: "object",
      value: file.path,
      fix: `compare the lake's format with that of the pipe (DESC PIPE ${snowpipe(dataset)}); ` +
        "nothing of the object is in bronze",
    });
  }
}

/** Tells what Snowflake itself says of the files. The report forgets after minutes, the scan not. */
async function tooSlow(
  { pipes, dataset }: SnowpipeLoadOptions,
  waiting: readonly Link[],
): Promise<TickhouseError> {
  const now = Date.now();
  const history = await pipes.loadHistoryScan(snowpipe(dataset), now - 86_400_000, now + 60_000);
  const loaded = waiting.filter(({ key }) =>
    history.some(({ path, status }) => path.endsWith(key) && status === "LOADED")
  );
  const fix = loaded.length === 0
    ? "run it again: what was named is still queued"
    : "Snowpipe loads a path once in 14 days and these were: if the landing table was emptied " +
      "by hand, load them by TICKHOUSE_SNOWFLAKE_WAY=copy";
  return new TickhouseError(
    "SNOWPIPE_SLOW",
    `${waiting.length} objects have not landed, of which Snowpipe says it loaded ${loaded.length}`,
    { field: "object", value: waiting[0]?.key, kind: "transient", fix },
  );
}

function manifests(key: string): TickhouseError {
  return new TickhouseError("LAKE_FORMAT", "one object a record can't be loaded by Snowpipe", {
    field: "object",
    value: key,
    fix: "use the format parquet or ndjson, or TICKHOUSE_SNOWFLAKE_WAY=copy",
  });
}
