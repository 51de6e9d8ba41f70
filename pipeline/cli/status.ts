import type { Config } from "../config/config.ts";
import { deadLetterTopic } from "../datasets/dataset.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { connect } from "../read/connect.ts";
import type { Reader } from "../read/reader.ts";
import type { Broker } from "../broker/broker.ts";
import { tableError } from "../duckdb/engine/errors.ts";
import { brokerPath, openBroker, openDatasets } from "./adapters.ts";
import { note, number, print, printJson, table } from "./console.ts";
import { exists } from "./home.ts";
import { type Taken, takenBy, type Waiting, waitingFor } from "./waiting.ts";

/** How far one dataset is, in records over all partitions. */
interface DatasetStatus {
  readonly dataset: string;
  /** Appended to the log since its beginning. */
  readonly log: number;
  /** Taken by the sinks; null where it is not known. */
  readonly lake: number | null;
  readonly warehouse: number | null;
  readonly snowflake: number | null;
  readonly dead: number;
  /** Latest event time in the warehouse. */
  readonly latest: string | null;
  /** Sinks that take nothing though records wait for them. */
  readonly stalled: readonly Waiting[];
}

const NOTHING = "nothing yet: start `deno task demo`";

/**
 * Shows what each part holds; counts positions, reads no rows. Exit status 1 if a sink takes nothing
 * though records wait for it.
 */
export async function runStatus(config: Config, flags: { json: boolean }): Promise<number> {
  if (config.broker === "embedded" && !exists(brokerPath(config))) {
    if (flags.json) printJson([]);
    else print(NOTHING);
    return 0;
  }
  await using broker = await openBroker(config);
  await using reader = await openReader(config.home);
  const rows: DatasetStatus[] = [];
  for (const dataset of openDatasets(config)) {
    const topic = await broker.topic(dataset.topic);
    if (!topic) continue;
    const { partitions } = topic;
    const dead = deadLetterTopic(dataset.topic);
    const by = (sink: string) => takenBy(broker, sink, dataset.topic, partitions);
    const [lake, warehouse, snowflake] = [
      await by("lake"),
      await by("warehouse"),
      await by("snowflake"),
    ];
    const wanted = [
      { taken: lake, rollMs: config.lakeRollSeconds * 1000 },
      { taken: warehouse, rollMs: 0 },
      { taken: snowflake, rollMs: config.snowflakeRollSeconds * 1000 },
    ].filter(({ taken }) => config.sinks.some((sink) => sink === taken.sink));
    const stalled = await Promise.all(
      wanted.map(({ taken, rollMs }) => waitingFor(broker, taken, rollMs)),
    );
    const letters = await broker.topic(dead);
    rows.push({
      dataset: dataset.name,
      log: await ends(broker, dataset.topic, partitions),
      lake: sum(lake),
      warehouse: sum(warehouse),
      snowflake: sum(snowflake),
      stalled: stalled.filter((one) => one !== undefined),
      dead: await ends(broker, dead, letters?.partitions ?? 0),
      latest: await latest(reader, dataset.name, dataset.eventTime),
    });
  }
  if (flags.json) printJson(rows);
  else if (rows.length === 0) print(NOTHING);
  else {
    const shown = rows.some(({ snowflake }) => snowflake !== null);
    const names = ["dataset", "log", "lake", "warehouse", ...(shown ? ["snowflake"] : [])];
    const head = [...names, "dead letters", "latest event"];
    const count = (value: number | null) => value === null ? null : number(value);
    print(table(
      head,
      rows.map((r) => [
        r.dataset,
        count(r.log),
        count(r.lake),
        count(r.warehouse),
        ...(shown ? [count(r.snowflake)] : []),
        count(r.dead),
        r.latest,
      ]),
    ));
    for (const one of rows.flatMap((row) => row.stalled)) print(describe(one));
  }
  return rows.some(({ stalled }) => stalled.length > 0) ? 1 : 0;
}

function describe({ sink, topic, records, oldestMs }: Waiting): string {
  const age = oldestMs < 120_000
    ? `${number(oldestMs / 1000)} s`
    : `${number(oldestMs / 60_000)} min`;
  return `error  ${sink} takes nothing of ${topic}: ${number(records)} records wait, the oldest ` +
    `for ${age}; is a stream running that has this sink?`;
}

async function ends(broker: Broker, topic: string, partitions: number): Promise<number> {
  let sum = 0;
  for (let p = 0; p < partitions; p++) sum += (await broker.offsets(topic, p)).next;
  return sum;
}

function sum({ positions }: Taken): number | null {
  return positions && positions.reduce((total, offset) => total + offset, 0);
}

async function openReader(home: string): Promise<Reader | null> {
  try {
    return await connect({ home });
  } catch (error) {
    if (!(error instanceof TickhouseError)) throw error;
    note(`warehouse  ${messageOf(error)}`);
    return null;
  }
}

async function latest(
  reader: Reader | null,
  dataset: string,
  column: string,
): Promise<string | null> {
  try {
    const found = await reader?.query(`SELECT max(${column})::VARCHAR FROM bronze.${dataset}`);
    const value = found?.rows[0]?.[0];
    return typeof value === "string" ? value : null;
  } catch (error) {
    throw tableError(error);
  }
}
