/**
 * From landing tables into bronze, each object once: what makes Snowpipe, which may load a file
 * twice, half, or before its predecessor, exact.
 * @module
 */
import type { Dataset } from "../datasets/dataset.ts";
import { landingTable } from "./ddl.ts";
import { bronzeColumns, bronzeTable } from "../datasets/tables.ts";
import { textIn } from "../sql/names.ts";
import { PositionConflict, TickhouseError } from "../errors.ts";
import type { Link } from "../lake/layout.ts";
import { noteLoad } from "../warehouse/loads.ts";
import { moving, positionOf, type Positions } from "../warehouse/positions.ts";
import { positionsIn } from "./positions.ts";
import type { SqlSession } from "../sql/session.ts";

/** What is to be settled. */
export interface SettleOptions {
  /** A session of its own: the transactions are on it. */
  readonly session: Positions["session"];
  readonly dataset: Dataset;
  /** The chain of the topic: what the lake holds. */
  readonly links: readonly Link[];
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
}

/** What settling did. */
export interface SettleReport {
  /** Objects whose rows are in bronze now. */
  readonly objects: number;
  /** Objects that bronze had before. */
  readonly skipped: number;
  readonly rows: number;
  /** Objects that have not landed whole, or whose predecessor has not. */
  readonly waiting: readonly Link[];
}

/** What landed of a file. */
interface Landed {
  readonly file: string;
  readonly topics: readonly [string, string];
  readonly partitions: readonly [number, number];
  readonly offsets: readonly [number, number];
  /** Different offsets. */
  readonly rows: number;
}

/**
 * Moves what landed whole into bronze, in the order of each partition's chain: rows, position,
 * `_loads` and the landing's clearance are one transaction an object. Killed at any moment and
 * started again, or run by two at once, it goes on: the position is compared and swapped. Throws
 * `LANDING_FOREIGN` for a file with rows that its object does not hold, and `PositionConflict` for
 * a chain that starts beyond the position.
 */
export async function settle(options: SettleOptions): Promise<SettleReport> {
  const { session, dataset } = options;
  const landed = await landedFiles(session, dataset);
  const report = { objects: 0, skipped: 0, rows: 0, waiting: [] as Link[] };
  const partitions = Map.groupBy(options.links, (link) => link.partition);
  for (const [partition, links] of partitions) {
    links.sort((a, b) => a.startOffset - b.startOffset);
    let position = await positionOf(session, dataset.topic, partition);
    let waits = false;
    for (const link of links) {
      const files = landed.filter(({ file }) => isOf(file, link));
      if (position >= link.nextOffset) {
        report.skipped++;
        // It landed once more after it was settled.
        for (const { file } of files) await session.run(clearance(dataset, file));
        continue;
      }
      const whole = files.find((one) => isWhole(link, one, dataset));
      waits ||= link.rows > 0 && !whole;
      if (waits) {
        report.waiting.push(link);
        continue;
      }
      report.rows += await settleObject(options, link, whole?.file, position);
      report.objects++;
      position = link.nextOffset;
    }
  }
  return report;
}

/** One object, in one transaction; returns its rows. */
async function settleObject(
  { session, dataset, now = Date.now }: SettleOptions,
  link: Link,
  file: string | undefined,
  position: number,
): Promise<number> {
  if (position < link.startOffset) {
    throw new PositionConflict(
      "snowflake",
      dataset.topic,
      link.partition,
      link.startOffset,
      position,
    );
  }
  const { topic } = dataset;
  const { partition, nextOffset } = link;
  const positions = positionsIn(session);
  const range = { topic, partition, startOffset: position, nextOffset };
  return await moving(positions, [range], async () => {
    const rows = file === undefined
      ? 0
      : await session.run(insertion(dataset, link, file, position));
    // What landed was whole a moment ago; somebody else may have cleared it since.
    if (position <= link.startOffset && rows !== link.rows) throw changed(link, rows);
    await noteLoad(positions, { ...link, topic }, position, now());
    if (file !== undefined) await session.run(clearance(dataset, file));
    return rows;
  });
}

/** Each offset once, whichever copy of the row landed first. */
function insertion(dataset: Dataset, link: Link, file: string, position: number): string {
  const columns = bronzeColumns(dataset).join(", ");
  return `INSERT INTO ${bronzeTable(dataset)} (${columns})
    SELECT ${columns} FROM ${landingTable(dataset)}
    WHERE _file = ${textIn("snowflake", file)} AND _partition = ${link.partition}
      AND _offset >= ${position} AND _offset < ${link.nextOffset}
    QUALIFY row_number() OVER (PARTITION BY _offset ORDER BY _file_row) = 1`;
}

function clearance(dataset: Dataset, file: string): string {
  return `DELETE FROM ${landingTable(dataset)} WHERE _file = ${textIn("snowflake", file)}`;
}

async function landedFiles(session: SqlSession, dataset: Dataset): Promise<Landed[]> {
  const found = await session.query(`SELECT _file, min(_topic), max(_topic),
      min(_partition), max(_partition), min(_offset), max(_offset), count(DISTINCT _offset)
    FROM ${landingTable(dataset)} WHERE _file IS NOT NULL GROUP BY _file ORDER BY _file`);
  return found.rows.map((row) => ({
    file: String(row[0]),
    topics: [String(row[1]), String(row[2])] as const,
    partitions: [Number(row[3]), Number(row[4])] as const,
    offsets: [Number(row[5]), Number(row[6])] as const,
    rows: Number(row[7]),
  }));
}

/** METADATA$FILENAME begins with the path of the stage; by two stages an object has two names. */
function isOf(file: string, { key }: Link): boolean {
  return file === key || file.endsWith(`/${key}`);
}

/** Whether all that the object holds has landed in this file. */
function isWhole(link: Link, landed: Landed, dataset: Dataset): boolean {
  const foreign = landed.rows > link.rows ||
    landed.topics.some((topic) => topic !== dataset.topic) ||
    landed.partitions.some((partition) => partition !== link.partition) ||
    landed.offsets[0] < link.startOffset || landed.offsets[1] >= link.nextOffset;
  if (!foreign) return landed.rows === link.rows;
  throw new TickhouseError("LANDING_FOREIGN", "rows landed that the object does not hold", {
    field: "object",
    value: link.key,
    fix: `look at _file and _offset in ${landingTable(dataset)}, and delete what is not the ` +
      "lake's; nothing of it was used",
  });
}

function changed({ key, rows }: Link, found: number): TickhouseError {
  return new TickhouseError("LANDING_CHANGED", `${found} of its ${rows} rows were left to move`, {
    field: "object",
    value: key,
    kind: "transient",
    fix: "try again; nothing of it was used",
  });
}
