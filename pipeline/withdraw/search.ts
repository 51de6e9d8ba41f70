/** The facts of the warehouse whose latest record is to be taken back. @module */
import type { Dataset } from "../datasets/dataset.ts";
import { bronzeTable } from "../datasets/tables.ts";
import type { Reader } from "../read/reader.ts";
import { identifier } from "../sql/names.ts";
import type { Condition } from "./criteria.ts";
import { Cells, type FactRecord, type Withdrawal } from "./history.ts";

/** What is searched. */
export interface Search {
  readonly reader: Pick<Reader, "query">;
  readonly dataset: Dataset;
  readonly condition: Condition;
}

/** Facts of one partition or several. */
export interface FoundFact extends Withdrawal {
  readonly partition: number;
}

/** Facts read at once, about. */
const PAGE_FACTS = 10_000;

/**
 * Finds the facts, some at a time, with what is to be appended. A fact is a natural key in a
 * partition, as the models of silver have it. It is told by the hash of its key which are read
 * together: so each is read with its whole history, and none is looked for twice.
 */
export async function* searchFacts(search: Search): AsyncGenerator<FoundFact[]> {
  const { reader, dataset, condition } = search;
  const cells = new Cells(dataset);
  const { topic } = dataset;
  const pages = Math.ceil(await countMeant(search) / PAGE_FACTS);
  for (let page = 0; page < pages; page++) {
    const { rows } = await reader.query(pageSql(search, page, pages), [
      ...[topic, topic, ...condition.values, topic],
    ]);
    const facts: FoundFact[] = [];
    for (let at = 0; at < rows.length;) {
      const [factPartition, latest] = rows[at] ?? [];
      const history: FactRecord[] = [];
      for (
        ;
        at < rows.length && rows[at]?.[0] === factPartition && rows[at]?.[1] === latest;
        at++
      ) {
        const [, , own, ...texts] = rows[at] ?? [];
        const cells = texts.map((text) => text === null ? null : String(text));
        history.push({ offset: Number(own), cells });
      }
      const isMeant = (record: FactRecord) => condition.holds((name) => cells.of(record, name));
      const found = cells.withdrawal(history, isMeant);
      if (found) facts.push({ ...found, partition: Number(factPartition) });
    }
    yield facts;
  }
}

/** Counts the records that are meant: there are no more facts to be found. */
async function countMeant({ reader, dataset, condition }: Search): Promise<number> {
  const { rows } = await reader.query(
    `SELECT count(*) FROM ${bronzeTable(dataset)} AS b
     WHERE b._topic = ? AND ${condition.sql("b")} AND ${notCancelled("b")}`,
    [dataset.topic, ...condition.values],
  );
  return Number(rows[0]?.[0]);
}

/** Counts the facts that have a record which is meant, but is not what counts now. */
export async function countShadowed({ reader, dataset, condition }: Search): Promise<number> {
  const key = keyColumns(dataset);
  const { rows } = await reader.query(
    `SELECT count(*) FROM (
       SELECT max(b._offset) AS _last,
         max(CASE WHEN ${condition.sql("b")} AND ${notCancelled("b")} THEN b._offset END) AS _meant
       FROM ${bronzeTable(dataset)} AS b WHERE b._topic = ? GROUP BY ${names(key, "b")}
     ) AS f WHERE f._meant < f._last`,
    [...condition.values, dataset.topic],
  );
  return Number(rows[0]?.[0]);
}

/**
 * Counts the facts that got more records than one from these offsets on, by partition, one of them
 * such as a withdrawal appends: what came beside it may be what should count.
 */
export async function countContested(
  { reader, dataset }: Omit<Search, "condition">,
  from: readonly number[],
): Promise<number> {
  if (from.length === 0) return 0;
  const key = names(keyColumns(dataset), "b");
  const beyond = from.map((offset, p) => `(b._partition = ${p} AND b._offset >= ${offset})`);
  const { rows } = await reader.query(
    `SELECT count(*) FROM (
       SELECT ${key} FROM ${bronzeTable(dataset)} AS b
       WHERE b._topic = ? AND (${beyond.join(" OR ")}) GROUP BY ${key}
       HAVING count(*) > 1 AND max(CASE WHEN b.action IN ('cancel', 'correct') THEN 1 ELSE 0 END) = 1
     ) AS f`,
    [dataset.topic],
  );
  return Number(rows[0]?.[0]);
}

/** The facts whose hash falls on the page, with their histories. */
function pageSql({ dataset, condition }: Search, page: number, pages: number): string {
  const table = bronzeTable(dataset);
  const key = keyColumns(dataset);
  const same = key.map((name) => `b.${name} IS NOT DISTINCT FROM p.${name}`).join(" AND ");
  const texts = dataset.columns.map(({ name, type }) => {
    const column = `b.${identifier(name)}`;
    if (type.kind === "timestamp") return `epoch_us(${column})::VARCHAR`;
    return type.kind === "text" ? column : `${column}::VARCHAR`;
  });
  const isOnPage = `hash(${names(key, "b")}) % ${pages} = ${page}`;
  return `WITH latest AS (
      SELECT ${names(key, "b")}, max(b._offset) AS _last
      FROM ${table} AS b WHERE b._topic = ? AND ${isOnPage} GROUP BY ${names(key, "b")}
    ),
    page AS (
      SELECT l.* FROM latest AS l
      JOIN ${table} AS b ON b._partition = l._partition AND b._offset = l._last
      WHERE b._topic = ? AND ${condition.sql("b")} AND ${notCancelled("b")}
    )
    SELECT p._partition, p._last, b._offset, ${texts.join(", ")}
    FROM page AS p JOIN ${table} AS b ON ${same} WHERE b._topic = ? AND ${isOnPage}
    ORDER BY p._partition, p._last, b._offset`;
}

function keyColumns({ naturalKey }: Dataset): string[] {
  return ["_partition", ...naturalKey.map((name) => identifier(name))];
}

function names(columns: readonly string[], alias: string): string {
  return columns.map((name) => `${alias}.${name}`).join(", ");
}

function notCancelled(alias: string): string {
  return `coalesce(${alias}.action, '') <> 'cancel'`;
}
