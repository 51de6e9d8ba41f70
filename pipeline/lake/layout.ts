/**
 * How raw objects are named, and what their metadata says.
 * @module
 */
import { type Dataset, storedColumns, wireName } from "../datasets/dataset.ts";
import { identifier, literal } from "../sql/names.ts";
import { sqlType } from "../datasets/tables.ts";
import { TickhouseError } from "../errors.ts";
import type { SqlSession } from "../sql/session.ts";
import type { ObjectInfo } from "../store/store.ts";
import { sha256 } from "../sha256.ts";

/** File formats of raw objects. */
export type LakeFormat = "parquet" | "ndjson" | "ndjson-zstd" | "json";

/** What distinguishes the formats' files: the extension, and how DuckDB writes them. */
const FORMS: Record<LakeFormat, { readonly extension: string; readonly copy: string }> = {
  parquet: { extension: "parquet", copy: "FORMAT parquet, COMPRESSION zstd" },
  ndjson: { extension: "ndjson.gz", copy: "FORMAT json, COMPRESSION gzip" },
  "ndjson-zstd": { extension: "ndjson.zst", copy: "FORMAT json, COMPRESSION zstd" },
  // Names the objects of its records, which are written one by one.
  json: { extension: "manifest.json", copy: "" },
};

/** What an object of the chain covers. */
export interface Link {
  readonly key: string;
  readonly partition: number;
  readonly date: string;
  readonly startOffset: number;
  /** The offset after the last one covered. */
  readonly nextOffset: number;
  readonly rows: number;
  readonly dead: number;
  readonly sha256: string;
}

/** The extension of the format's files. */
export function extensionOf(format: LakeFormat): string {
  return FORMS[format].extension;
}

/** The options by which DuckDB writes files of the format. */
export function copyOptions(format: LakeFormat): string {
  return FORMS[format].copy;
}

/**
 * A query for the rows as files of the format hold them: JSON's readers take numbers for doubles, so
 * a decimal that no double gives back is text there.
 */
export function fileRows(dataset: Dataset, rows: string, format: LakeFormat): string {
  if (!FORMS[format].copy.startsWith("FORMAT json")) return rows;
  const decimals = dataset.columns.flatMap(({ name, type }) => {
    if (type.kind !== "decimal") return [];
    const column = identifier(name);
    const same = `${column}::DOUBLE::${sqlType(type, "duckdb")} = ${column}`;
    return [`CASE WHEN ${same} THEN ${column}::VARCHAR::JSON
      ELSE to_json(${column}::VARCHAR) END AS ${column}`];
  });
  return decimals.length === 0 ? rows : `SELECT * REPLACE (${decimals.join(", ")}) FROM (${rows})`;
}

/** Whether the object only names the objects of single records. */
export function isManifest(key: string): boolean {
  return key.endsWith(`.${FORMS.json.extension}`);
}

/** `topic/date=2026-11-21/partition=3/00000000000000001234.parquet`. */
export function objectKey(
  topic: string,
  date: string,
  partition: number,
  startOffset: number,
  format: LakeFormat,
): string {
  const name = String(startOffset).padStart(20, "0");
  return `${topic}/date=${date}/partition=${partition}/${name}.${extensionOf(format)}`;
}

/** Reads a key and its metadata; undefined for an object that is not part of a chain. */
export function parseLink(object: ObjectInfo): Link | undefined {
  const match = /\/date=(\d{4}-\d\d-\d\d)\/partition=(\d+)\/(\d{20})\./.exec(object.key);
  if (!match) return undefined;
  const { metadata } = object;
  const [start, end] = [Number(match[3]), Number(metadata["end"])];
  if (!Number.isSafeInteger(end) || end <= start) {
    throw new TickhouseError("OBJECT_DAMAGED", `its metadata says that it ends at ${end}`, {
      field: "object",
      value: object.key,
      fix: "restore its metadata from a copy, or remove the object and what follows it",
    });
  }
  return {
    key: object.key,
    date: match[1] ?? "",
    partition: Number(match[2]),
    startOffset: start,
    nextOffset: end,
    rows: Number(metadata["rows"]),
    dead: Number(metadata["dead"]),
    sha256: metadata["sha256"] ?? "",
  };
}

/**
 * A query for the rows of an object's file, Parquet or NDJSON by its name, with the columns of bronze
 * whatever an earlier declaration wrote: found by name, empty where the file has none. Throws
 * `OBJECT_DIFFERS` if digits would be lost.
 */
export async function objectRows(
  session: Pick<SqlSession, "query">,
  dataset: Dataset,
  path: string,
): Promise<string> {
  if (path.endsWith(".parquet")) return await parquetRows(session, dataset, path);
  return await jsonRows(session, dataset, path);
}

async function jsonRows(
  session: Pick<SqlSession, "query">,
  dataset: Dataset,
  path: string,
): Promise<string> {
  const columns = storedColumns(dataset).map((column) => ({
    name: identifier(column.name),
    type: sqlType(column.type, "duckdb"),
    // As text first: a decimal read as a number may lose digits.
    read: column.type.kind === "decimal" ? "VARCHAR" : sqlType(column.type, "duckdb"),
  }));
  const read = columns.map((column) => `${column.name}: ${literal(column.read)}`).join(", ");
  const typed = columns.map(({ name, type }) => `${name}::${type} AS ${name}`).join(", ");
  const file = `read_json(${literal(path)}, format = 'newline_delimited', columns = {${read}})`;
  await assertDigits(session, dataset, file);
  return `SELECT ${typed} FROM ${file}`;
}

/** A cast would round without a word. */
async function assertDigits(
  session: Pick<SqlSession, "query">,
  dataset: Dataset,
  file: string,
): Promise<void> {
  const decimals = dataset.columns.flatMap(({ name, type }) =>
    type.kind === "decimal" ? [{ name, scale: type.scale }] : []
  );
  if (decimals.length === 0) return;
  const most = decimals.map(({ name }) =>
    `max(strlen(rtrim(split_part(${identifier(name)}, '.', 2), '0')))`
  );
  const { rows: [found = []] } = await session.query(`SELECT ${most.join(", ")} FROM ${file}`);
  for (const [i, { name, scale }] of decimals.entries()) {
    if (Number(found[i] ?? 0) > scale) {
      throw differs(dataset, name, `${found[i]} decimals`, `${scale}`, `${found[i]} decimals`);
    }
  }
}

function differs(
  dataset: Dataset,
  column: string,
  has: string,
  declared: string,
  needed: string,
): TickhouseError {
  return new TickhouseError("OBJECT_DIFFERS", `it has ${has}, the declaration ${declared}`, {
    field: `${dataset.name}.${column}`,
    fix: `declare it with ${needed}, or digits of rows that are there would be lost`,
  });
}

async function parquetRows(
  session: Pick<SqlSession, "query">,
  dataset: Dataset,
  path: string,
): Promise<string> {
  const file = `read_parquet(${literal(path)})`;
  const { rows } = await session.query(`DESCRIBE SELECT * FROM ${file}`);
  const found = new Map(rows.map(([name, type]) => [String(name).toLowerCase(), String(type)]));
  const columns = storedColumns(dataset).map(({ name, type }) => {
    const [wanted, present] = [sqlType(type, "duckdb"), found.get(name.toLowerCase())];
    if (type.kind === "decimal") {
      const [, precision, scale] = /^DECIMAL\((\d+),(\d+)\)$/.exec(present ?? "") ?? [];
      if (Number(scale) > type.scale) {
        throw differs(dataset, name, `${present}`, wanted, `${scale} decimals`);
      }
      const whole = Number(precision) - Number(scale);
      if (whole > type.precision - type.scale) {
        throw differs(dataset, name, `${present}`, wanted, `${whole} digits before the point`);
      }
    }
    if (present === wanted) return identifier(name);
    return `${present ? identifier(name) : "NULL"}::${wanted} AS ${identifier(name)}`;
  });
  return `SELECT ${columns.join(", ")} FROM ${file}`;
}

/** `topic/_days/partition=3/00000000000000001234.json`: the day of the object that starts there. */
export function dayKey(topic: string, partition: number, startOffset: number): string {
  const name = String(startOffset).padStart(20, "0");
  return `${topic}/_days/partition=${partition}/${name}.json`;
}

/** Before it there was no Kafka. */
const FIRST_DAY_MS = Date.UTC(2000, 0, 1);
/** What producers' clocks may be ahead. */
const AHEAD_MAX_MS = 2 * 86_400_000;

/**
 * UTC day of a time in milliseconds since 1970; undefined for one that can't be: producers set it,
 * some in microseconds, some of them with a clock of their own.
 */
export function dayOf(timestampMs: number, nowMs: number): string | undefined {
  const isSane = timestampMs >= FIRST_DAY_MS && timestampMs <= nowMs + AHEAD_MAX_MS;
  return isSane ? new Date(timestampMs).toISOString().slice(0, 10) : undefined;
}

/** Names the columns and types of a dataset: it changes when they do. */
export async function schemaId(dataset: Dataset): Promise<string> {
  const shape = JSON.stringify(dataset.columns.map((c) => [c.name, wireName(c), c.type]));
  return (await sha256(new TextEncoder().encode(shape))).slice(0, 16);
}
