/** From a trade at Finnhub's stand-in until a query on another connection sees its row. @module */
import { join } from "node:path";
import { openCalendar } from "tickhouse/calendar/open.ts";
import { parseConfig } from "tickhouse/config/config.ts";
import { DATASETS } from "tickhouse/datasets/datasets.ts";
import { ticks } from "tickhouse/datasets/ticks.ts";
import { warehouseOver } from "tickhouse/duckdb/end.ts";
import { streamContextOf } from "tickhouse/house/adapters.ts";
import { Journey } from "tickhouse/house/journey.ts";
import { MODELS_FOLDER } from "tickhouse/house/models.ts";
import { openMetadata } from "tickhouse/metadata/open.ts";
import { finnhubClient, keyOf } from "tickhouse/source/finnhub/client.ts";
import { Trades } from "tickhouse/source/finnhub/trades.ts";
import { observe, quantiles, WARM_UP_S } from "./latency.ts";
import { type Figures, openRig } from "./rig.ts";

/** Trades a second. */
const RATE = 2_000;

/** What the thread says of itself. */
interface Feed {
  readonly variables: Record<string, string>;
  readonly symbols: readonly string[];
}

/**
 * Ages of rows at the query that saw them, of messages at their arrival, and of a client that does
 * nothing else.
 */
export async function feedLatency(seconds: number): Promise<Figures> {
  const worker = new Worker(new URL("./feed_server.ts", import.meta.url), { type: "module" });
  const feed = await new Promise<Feed>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage({ rate: RATE });
  });
  try {
    const ceiling = await receiving(feed, seconds / 2);
    return { ...prefixed("ceiling", quantiles(ceiling)), ...await journey(feed, seconds) };
  } finally {
    worker.terminate();
  }
}

/** The whole journey without models, as `latency-bare`; an observer queries all the while. */
async function journey({ variables, symbols }: Feed, seconds: number): Promise<Figures> {
  await using rig = await openRig(variables);
  const config = parseConfig({ ...variables, TICKHOUSE_HOME: rig.config.home });
  await using metadata = await openMetadata(config);
  await using observer = await rig.warehouse.session();
  const stop = new AbortController();
  const source = new Trades({
    ...{ symbols, metadata, dataset: ticks, key: keyOf(config) },
    socketUrl: config.finnhubSocket,
    client: finnhubClient(config, { paces: join(config.home, "paces") }),
    calendar: openCalendar(join(MODELS_FOLDER, "seeds")),
    onNote: console.error,
  });
  const { codec } = streamContextOf(config, DATASETS, rig.broker, "warehouse");
  const run = new Journey({
    ...{ config, codec, source, broker: rig.broker, datasets: [ticks], signal: stop.signal },
    ends: [{ name: "warehouse", spoken: "the warehouse", end: warehouseOver(rig.warehouse) }],
    onNote: console.error,
  }).run();
  await observe(observer, WARM_UP_S);
  const ages = await observe(observer, seconds);
  stop.abort();
  await run;
  const { rows } = await observer.query(`SELECT
    quantile_cont(epoch_us(receive_time) - epoch_us(event_time), 0.5) / 1000,
    quantile_cont(epoch_us(receive_time) - epoch_us(event_time), 0.99) / 1000 FROM bronze.ticks`);
  const [received = []] = rows;
  return {
    rate: ages.length / seconds,
    ...quantiles(ages),
    received_p50: Number(received[0]),
    received_p99: Number(received[1]),
  };
}

/** The ages of trades at a client that only reads their messages. */
async function receiving({ variables, symbols }: Feed, seconds: number): Promise<number[]> {
  const address = `${variables["TICKHOUSE_FINNHUB_SOCKET"]}?token=ceiling`;
  const socket = new WebSocket(address);
  const ages: number[] = [];
  socket.onopen = () => {
    for (const symbol of symbols) socket.send(JSON.stringify({ type: "subscribe", symbol }));
  };
  socket.onmessage = ({ data }) => {
    const now = performance.timeOrigin + performance.now();
    for (const { t } of JSON.parse(data).data ?? []) ages.push(now - t);
  };
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  socket.close();
  return ages;
}

function prefixed(name: string, figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([key, one]) => [`${name}_${key}`, one]));
}
