/** The scenarios on real servers, as rows of the table. @module */
import { WORKERS } from "./kafka_scale.ts";
import type { Figures } from "./rig.ts";
import { MIB, MS, PER_S, type Row, type Scenario, TIMES, US } from "./rows.ts";

/** Each way by its name in the figures. */
const WAYS: Readonly<Record<string, string>> = {
  java: "kafka-consumer-perf-test, throws away",
  bare: "our consumer, throws away",
  kafkajs: "kafkajs, throws away",
  lake: "Kafka → Parquet in MinIO, exactly once",
  "lake-large": "the same, rolls of 210,000",
  warehouse: "Kafka → DuckDB on disk, exactly once",
  bento: "Bento → Parquet in MinIO, at least once",
  python: "Python, an object a record",
};

/** Those whose ratios count, and those that they are measured against. */
const OURS = ["lake", "lake-large", "warehouse"];
const RIVALS = { bare: "≥ 0.9", kafkajs: "≥ 0.9", java: "≥ 0.5", bento: "> 1", python: "≥ 50" };

/** The scenarios by name. */
export const KAFKA: Record<string, Scenario> = {
  "kafka-throughput": async (run) => throughput(await run("kafka-throughput")),
  "kafka-latency": async (run) => [
    latency("tick → Kafka → query", await run("kafka-latency"), 150),
    latency("tick → Kafka → object, each 2 s", await run("kafka-latency-lake"), 2_150),
  ],
  "kafka-produce": async (run) => {
    const f = await run("kafka-produce");
    const row = (name: string, what: string, aim: string): Row => {
      const servers = f[`${name}_brokerUs`];
      const broker = servers === undefined ? "" : `, broker ${US(servers)}`;
      const ratio = TIMES(f[`${name}_rate`], f["java_rate"]);
      const beside = `${US(f[`${name}_cpuUs`])} a record${broker}; ${ratio}`;
      return [what, PER_S(f[`${name}_rate`]), beside, aim];
    };
    return [
      row("cursor", "simulator → Kafka, position in each commit", "≥ 1 × the tool"),
      row("plain", "simulator → Kafka, no transactions", "≥ 1 × the tool"),
      row("java", "kafka-producer-perf-test, acks=all, lz4", ""),
    ];
  },
  "kafka-scale": async (run) => {
    const f = await run("kafka-scale");
    return WORKERS.map((workers): Row => {
      const us = (role: string) => US(f[`${role}_${workers}`]);
      const beside = `worker ${us("steadyUs")}, broker ${us("brokerUs")}, store ${us("storeUs")}`;
      return [`${workers} workers → Parquet in MinIO`, PER_S(f[`rate_${workers}`]), beside, ""];
    });
  },
};

function throughput(f: Figures): Row[] {
  const wasMeasured = (name: string) => f[`${name}_rate`] !== undefined;
  const rows = Object.entries(WAYS).filter(([name]) => wasMeasured(name)).map(
    ([name, what]): Row => {
      const spread = `${PER_S(f[`${name}_least`])} to ${PER_S(f[`${name}_most`])}`;
      const memory = Number.isFinite(f[`${name}_memory`]) ? `, ${MIB(f[`${name}_memory`])}` : "";
      const steady = f[`${name}_steadyUs`];
      const later = Number.isFinite(steady) ? `, ${US(steady)} without the start` : "";
      const used = `${US(f[`${name}_cpuUs`])} of processor a record${later}`;
      const beside = `${used}${memory}, ${spread}`;
      return [what, PER_S(f[`${name}_rate`]), beside, ""];
    },
  );
  const rivals = Object.entries(RIVALS).filter(([name]) => wasMeasured(name));
  const ratios = OURS.filter(wasMeasured).flatMap((own) =>
    rivals.map(([other, aim]): Row => {
      const ratio = (of: string) => TIMES(f[`${own}_${of}`], f[`${other}_${of}`]);
      return [`${own} beside ${other}`, ratio("rate"), `${ratio("cpuUs")} the processor time`, aim];
    })
  );
  return [...rows, ...ratios];
}

function latency(what: string, f: Figures, aimMs: number): Row {
  const beside = `p90 ${MS(f["p90"])}, worst ${MS(f["worst"])}, at ${PER_S(f["rate"])}`;
  return [what, `p50 ${MS(f["p50"])}, p99 ${MS(f["p99"])}`, beside, `p99 ≤ ${aimMs} ms`];
}
