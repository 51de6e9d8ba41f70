/** The facts of the warehouse whose latest record is to be taken back. @module */
import { RECEIVE_TIME } from "../datasets/columns.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { bronzeTable } from "../datasets/tables.ts";
import type { Reader } from "../read/reader.ts";
import { identifier, literal } from "../sql/names.ts";
import { WITHDRAWN_ORIGIN } from "../source/origin.ts";
import type { Condition } from "./criteria.ts";
import { Cells, type FactRecord, type Withdrawal } from "./history.ts";

/** What is searched. */
export interface Search {
  readonly reader: Pick<Reader, "query">;
  readonly dataset: Dataset;
  readonly condition: Condition;
  /**
   * How far the time of a record may lie ahead of its arrival for it to count, as the models of silver
   * have it; undefined where there is no such limit.
   */
  readonly aheadSeconds: number | undefined;
}

/** What a page of facts has. */
export interface FoundFacts {
  /** With what is to be appended. */
  readonly facts: readonly FoundFact[];
  /** Facts that have a record which is meant, but is not what counts now. */
  readonly shadowed: number;
}

/** A fact that counts by a record which is meant. */
export type FoundFact = Withdrawal;

/** Facts read at once, about. */
const PAGE_FACTS = 10_000;

/**
 * Finds the facts, some at a time, with what is to be appended. A fact is a natural key, in whatever
 * partitions, as the models of silver have it. It is told by the hash of its key which are read
 * together: so each is read with its whole history, and none is looked for twice.
 */
export async function* searchFacts(search: Search): AsyncGenerator<FoundFacts> {
  const { reader, dataset, condition } = search;
  const cells = new Cells(dataset);
  const { topic } = dataset;
  const isMeant = (record: FactRecord) =>
    condition.holds((name) => cells.of(record, name)) &&
    cells.of(record, "origin") !== WITHDRAWN_ORIGIN;
  const pages = Math.ceil(await countMeant(search) / PAGE_FACTS);
  for (let page = 0; page < pages; page++) {
    const { rows } = await reader.query(pageSql(search, page, pages), [
      ...[topic, ...condition.values, topic],
    ]);
    const facts: FoundFact[] = [];
    let shadowed = 0;
    for (let at = 0; at < rows.length;) {
      const fact = rows[at]?.[0];
      const history: FactRecord[] = [];
      for (; at < rows.length && rows[at]?.[0] === fact; at++) {
        const [, isAhead, ...texts] = rows[at] ?? [];
        const cells = texts.map((text) => text === null ? null : String(text));
        history.push({ cells, isAhead: isAhead === true });
      }
      const found = cells.withdrawal(history, isMeant);
      if (found) facts.push(found);
      else shadowed++;
    }
    yield { facts, shadowed };
  }
}

/** Counts the records that are meant: there are no more facts to be found. */
async function countMeant({ reader, dataset, condition }: Search): Promise<number> {
  const { rows } = await reader.query(
    `SELECT count(*) FROM ${bronzeTable(dataset)} AS b
     WHERE b._topic = ? AND ${condition.sql("b")} AND NOT (${isWithdrawn("b")})`,
    [dataset.topic, ...condition.values],
  );
  return Number(rows[0]?.[0]);
}

/**
 * Counts the facts that another record came to from these offsets on, by partition, before what a
 * withdrawal appended took them back: that may be what should count.
 */
export async function countContested(
  { reader, dataset }: Pick<Search, "reader" | "dataset">,
  from: readonly number[],
): Promise<number> {
  if (from.length === 0) return 0;
  const key = names(keyColumns(dataset), "b");
  const beyond = from.map((offset, p) => `(b._partition = ${p} AND b._offset >= ${offset})`);
  const arrival = "(b._ingest_time, b._partition, b._offset)";
  const { rows } = await reader.query(
    `SELECT count(*) FROM (
       SELECT ${key} FROM ${bronzeTable(dataset)} AS b
       WHERE b._topic = ? AND (${beyond.join(" OR ")}) GROUP BY ${key}
       HAVING min(CASE WHEN NOT (${isWithdrawn("b")}) THEN ${arrival} END)
         < max(CASE WHEN ${isWithdrawn("b")} THEN ${arrival} END)
     ) AS f`,
    [dataset.topic],
  );
  return Number(rows[0]?.[0]);
}

/** The facts whose hash falls on the page, with their histories, each fact by its number. */
function pageSql(
  { dataset, condition, aheadSeconds }: Search,
  page: number,
  pages: number,
): string {
  const table = bronzeTable(dataset);
  const key = keyColumns(dataset);
  const same = key.map((name) => `b.${name} IS NOT DISTINCT FROM p.${name}`).join(" AND ");
  const texts = dataset.columns.map(({ name, type }) => {
    const column = `b.${identifier(name)}`;
    if (type.kind === "timestamp") return `epoch_us(${column})::VARCHAR`;
    return type.kind === "text" ? column : `${column}::VARCHAR`;
  });
  const isOnPage = `hash(${names(key, "b")}) % ${pages} = ${page}`;
  return `WITH page AS (
      SELECT ${names(key, "b")}, row_number() OVER () AS _fact
      FROM ${table} AS b
      WHERE b._topic = ? AND ${condition.sql("b")} AND NOT (${isWithdrawn("b")}) AND ${isOnPage}
      GROUP BY ${names(key, "b")}
    )
    SELECT p._fact, ${isAhead(dataset, aheadSeconds, "b")}, ${texts.join(", ")}
    FROM page AS p JOIN ${table} AS b ON ${same} WHERE b._topic = ? AND ${isOnPage}
    ORDER BY p._fact, b._ingest_time, b._partition, b._offset`;
}

function keyColumns({ naturalKey }: Dataset): string[] {
  return naturalKey.map((name) => identifier(name));
}

function names(columns: readonly string[], alias: string): string {
  return columns.map((name) => `${alias}.${name}`).join(", ");
}

/** Whether the record is set aside, as the models of silver have it. */
function isAhead(dataset: Dataset, seconds: number | undefined, alias: string): string {
  if (seconds === undefined) return "false";
  const written = `${alias}._ingest_time`;
  const received = `${alias}.${identifier(RECEIVE_TIME.name)}`;
  const arrival = dataset.columns.some(({ name }) => name === RECEIVE_TIME.name)
    ? `least(coalesce(${received}, ${written}), ${written})`
    : written;
  return `(${alias}.action IS DISTINCT FROM 'cancel'
      AND ${alias}.${identifier(dataset.eventTime)} > ${arrival} + to_seconds(${seconds}))`;
}

/** Whether the record is what a withdrawal appended to take a fact back. */
function isWithdrawn(alias: string): string {
  return `coalesce(${alias}.origin, '') = ${literal(WITHDRAWN_ORIGIN)}`;
}
