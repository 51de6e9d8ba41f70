/** The performance tools of Apache Kafka itself. @module */
import { join } from "node:path";
import { install } from "services/kit/install.ts";
import { kafkaRecipe } from "services/kafka/recipe.ts";
import { type Bed, fresh, timed } from "../kafka_rig.ts";

const CONSUMER = "org.apache.kafka.tools.ConsumerPerformance";
const PRODUCER = "org.apache.kafka.tools.ProducerPerformance";

/** A tool's rate, records a second, and processor microseconds a record, its start included. */
export interface Rate {
  readonly rate: number;
  readonly cpuUs: number;
}

/** kafka-consumer-perf-test: throws all records away; its rate is without the group's joining. */
export async function javaConsume(bed: Bed, topic: string, records: number): Promise<Rate> {
  const { printed, seconds } = await timed("java", [
    ...await java(CONSUMER),
    ...["--bootstrap-server", bed.kafka.brokers.join(","), "--topic", topic],
    ...["--num-records", String(records), "--group", fresh("java"), "--hide-header"],
    ...["--timeout", "60000"],
  ]);
  const fields = printed.trim().split("\n").findLast((line) => line.includes(", "))?.split(", ");
  const count = Number(fields?.[4]);
  const rate = Number(fields?.[9]);
  if (count < records) throw new Error(`${CONSUMER} read ${count} of ${records}: ${printed}`);
  return { rate, cpuUs: seconds * 1e6 / count };
}

/** kafka-producer-perf-test: acks=all, lz4, the values of the file one after the other. */
export async function javaProduce(
  bed: Bed,
  topic: string,
  records: number,
  payloads: string,
): Promise<Rate> {
  const { printed, seconds } = await timed("java", [
    ...await java(PRODUCER),
    ...["--bootstrap-server", bed.kafka.brokers.join(","), "--topic", topic],
    ...["--num-records", String(records), "--throughput", "-1", "--payload-file", payloads],
    ...["--command-property", "acks=all", "compression.type=lz4"],
  ]);
  const rate = Number(/([\d.]+) records\/sec.*99th/.exec(printed)?.[1]);
  return { rate, cpuUs: seconds * 1e6 / records };
}

async function java(tool: string): Promise<string[]> {
  const folder = await install(kafkaRecipe);
  return ["-Xmx512m", "-cp", join(folder, "libs", "*"), tool];
}
