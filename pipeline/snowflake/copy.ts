/**
 * Objects of the lake into Snowflake by COPY: from an external stage that lies over the lake, or
 * put to the internal stage first.
 * @module
 */
import { basename } from "node:path";
import type { Dataset } from "../datasets/dataset.ts";
import { bronzeTable } from "../datasets/tables.ts";
import { TickhouseError } from "../errors.ts";
import { noteLoad } from "../warehouse/loads.ts";
import { moving } from "../warehouse/positions.ts";
import { miscount } from "./rows.ts";
import { positionsIn } from "./positions.ts";
import { textIn } from "../sql/names.ts";
import type { SnowflakeSession } from "./session.ts";
import type { LoadObject } from "../warehouse/warehouse.ts";

/** Where files are put that Snowflake can't read where they are. */
const INTERNAL = "bronze.lake";

/** A file in a stage, as COPY names it. */
interface Staged {
  /** The stage and the folder in it, such as `@bronze.lake/load/…/`. */
  readonly folder: string;
  readonly file: string;
  /** Removes what was put for it. */
  remove(): Promise<void>;
}

/** What a load is told besides the object. */
export interface CopyOptions {
  /** An external stage over the root of the lake. */
  readonly stage: string | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** Loads an object whole, in one transaction with its position; returns the rows. */
export async function loadByCopy(
  session: SnowflakeSession,
  dataset: Dataset,
  object: LoadObject,
  { stage, nowMs }: CopyOptions,
): Promise<number> {
  const staged = await stageObject(session, object, stage);
  let loaded: number;
  try {
    const positions = positionsIn(session);
    loaded = await moving(positions, [object], async () => {
      await noteLoad(positions, object, object.startOffset, nowMs);
      return await copyObject(session, dataset, object, staged);
    });
  } catch (error) {
    // What went wrong first is what is told.
    await Promise.allSettled([staged.remove()]);
    throw error;
  }
  await staged.remove();
  return loaded;
}

/** Names the object on the external stage; without one puts its file under a name of its own. */
async function stageObject(
  session: SnowflakeSession,
  object: LoadObject,
  stage: string | undefined,
): Promise<Staged> {
  if (stage) {
    return { folder: `@${stage}/`, file: object.key, remove: () => Promise.resolve() };
  }
  // Never a name that was used: Snowflake does not load a file of the same name again.
  const folder = `@${INTERNAL}/load/${crypto.randomUUID()}/`;
  const remove = async () => {
    await session.query(`REMOVE ${folder}`);
  };
  try {
    const path = textIn("snowflake", `file://${object.path}`);
    await session.query(`PUT ${path} ${folder} AUTO_COMPRESS = FALSE`);
  } catch (error) {
    // Half a file may be there. What went wrong first is what is told.
    await Promise.allSettled([remove()]);
    throw error;
  }
  return { folder, file: basename(object.path), remove };
}

/** Loads a staged object whole into the bronze table; belongs into a transaction. */
async function copyObject(
  session: SnowflakeSession,
  dataset: Dataset,
  object: LoadObject,
  { folder, file }: Staged,
): Promise<number> {
  // FORCE: what was loaded is told by the position, not by Snowflake's memory of 64 days.
  const loaded = await session.run(
    `COPY INTO ${bronzeTable(dataset)} FROM ${folder} FILES = (${textIn("snowflake", file)})
    FILE_FORMAT = (${formatOf(object.path)}) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
    ON_ERROR = ABORT_STATEMENT FORCE = TRUE`,
  );
  if (loaded !== object.rows) throw miscount(dataset, object.rows, loaded);
  return loaded;
}

/** How Snowflake reads the file. */
function formatOf(path: string): string {
  // Decimals and times by what the file says they are.
  if (path.endsWith(".parquet")) return "TYPE = PARQUET USE_LOGICAL_TYPE = TRUE";
  if (/\.ndjson(\.gz|\.zst)?$/.test(path)) return "TYPE = JSON COMPRESSION = AUTO";
  if (/\.csv(\.gz|\.zst)?$/.test(path)) {
    return `TYPE = CSV PARSE_HEADER = TRUE FIELD_OPTIONALLY_ENCLOSED_BY = '"' COMPRESSION = AUTO`;
  }
  throw new TickhouseError("LOAD_FORMAT", "is no file that Snowflake loads", {
    field: "path",
    value: path,
    fix: "write the lake as Parquet, NDJSON or CSV",
  });
}
