/** Runs one scenario in a process of its own and prints its figures as JSON. @module */
import { parseArgs } from "node:util";
import { feedLatency } from "./feed_latency.ts";
import { files } from "./files.ts";
import { growth } from "./growth.ts";
import { history } from "./history.ts";
import { kafkaLakeLatency, kafkaLatency } from "./kafka_latency.ts";
import { kafkaProduce } from "./kafka_produce.ts";
import { kafkaScale } from "./kafka_scale.ts";
import { kafkaThroughput } from "./kafka_throughput.ts";
import { latency } from "./latency.ts";
import { lookback } from "./lookback.ts";
import { backlog, models } from "./models.ts";
import { proof } from "./proof.ts";
import { type Figures, throughput } from "./rig.ts";
import { snowflakeLoad } from "./snowflake_load.ts";
import { readers } from "./readers.ts";
import { source } from "./source.ts";
import { topics } from "./topics.ts";

const { values: { models: folder, ticks }, positionals: [name = ""] } = parseArgs({
  options: { models: { type: "string" }, ticks: { type: "string" } },
  allowPositionals: true,
});
const growing = (sizes: readonly number[], steps: number) => () =>
  growth({ sizes, steps, full: Number(ticks ?? sizes.at(-1)), models: folder });

const SCENARIOS: Record<string, () => Promise<Figures>> = {
  source: () => source(4_000_000),
  files: () => files(1_000_000),
  history: () => history(400_000),
  warehouse: () => throughput("warehouse", 6_000_000),
  lake: () => throughput("lake", 6_000_000),
  both: () => throughput("both", 12_000_000),
  long: () => throughput("both", 60_000_000),
  latency: () => latency(20, true),
  "latency-bare": () => latency(20, false),
  feed: () => feedLatency(20),
  readers: () => readers(90),
  lookback: () => lookback(),
  topics: () => topics(1_000_000),
  proof: () => proof(2_000_000),
  models: () => models(100_000_000, 1_000_000),
  "models-small": () => models(10_000_000, 100_000),
  "models-backlog": () => backlog(5_000_000),
  growth: growing([400_000, 4_000_000, 40_000_000], 20),
  "growth-small": growing([40_000, 400_000, 4_000_000], 20),
  snowflake: () => snowflakeLoad(1_000_000),
  "kafka-throughput": () => kafkaThroughput(1_050_000, 3),
  "kafka-latency": () => kafkaLatency(20),
  "kafka-latency-lake": () => kafkaLakeLatency(20, 2_000),
  "kafka-produce": () => kafkaProduce(500_000),
  "kafka-scale": () => kafkaScale(1_050_000),
  first: async () => ({ ms: await (await import("./first_candle.ts")).firstCandle() }),
  fresh: async () => {
    const { firstStart } = await import("./first_candle.ts");
    const [all, own] = [await firstStart(true), await firstStart(false)];
    const named = (side: string, figures: object) =>
      Object.entries(figures).map(([name, value]) => [`${side}_${name}`, value]);
    return Object.fromEntries([...named("all", all), ...named("own", own)]);
  },
};

const scenario = SCENARIOS[name];
if (!scenario) throw new Error(`use one of ${Object.keys(SCENARIOS).join(", ")}`);
console.log(JSON.stringify(await scenario()));
