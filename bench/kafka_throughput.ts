/** Kafka → lake and Kafka → warehouse, beside what else drains the same topic. @module */
import { drain, fill, type Measured, median, openBed } from "./kafka_rig.ts";
import { messageOf } from "tickhouse/errors.ts";
import { bentoLake } from "./peers/bento.ts";
import { javaConsume } from "./peers/java.ts";
import { pythonLake } from "./peers/python.ts";
import type { Figures } from "./rig.ts";

/** Records of a roll that leaves objects of about 17,500 records. */
const LARGE_ROLL = 210_000;
/** More would take minutes. */
const PYTHON_RECORDS = 3_000;

/** What is measured, by its name in the figures. */
type Way = (
  bed: Awaited<ReturnType<typeof openBed>>,
  records: number,
) => Promise<Partial<Measured>>;

const WAYS: Record<string, Way> = {
  java: (bed, records) => javaConsume(bed, "ticks", records),
  bare: (bed, records) => drain(bed, { kind: "bare" }, records),
  kafkajs: (bed, records) => drain(bed, { kind: "kafkajs" }, records),
  lake: (bed, records) => drain(bed, { kind: "lake" }, records),
  "lake-large": (bed, records) => drain(bed, { kind: "lake", roll: LARGE_ROLL }, records),
  warehouse: (bed, records) => drain(bed, { kind: "warehouse" }, records),
  bento: (bed, records) => bentoLake(bed, records),
  python: (bed) => pythonLake(bed, PYTHON_RECORDS),
};

/** Each way in turn, `rounds` times over; medians, and the least and greatest rate. */
export async function kafkaThroughput(records: number, rounds: number): Promise<Figures> {
  await using bed = await openBed();
  await fill(bed, records);
  const runs = new Map<string, Partial<Measured>[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, way] of Object.entries(WAYS)) {
      try {
        const measured = await way(bed, records);
        runs.set(name, [...runs.get(name) ?? [], measured]);
        console.error(name, JSON.stringify(measured));
      } catch (error) {
        // Go or Python may be missing here: the others are measured all the same.
        console.error(`${name} was not measured: ${messageOf(error)}`);
      }
    }
  }
  const figures: Record<string, number> = { records, rounds };
  for (const [name, measured] of runs) {
    const rates = measured.map(({ rate = NaN }) => rate);
    figures[`${name}_rate`] = median(rates);
    figures[`${name}_least`] = Math.min(...rates);
    figures[`${name}_most`] = Math.max(...rates);
    for (const key of ["cpuUs", "steadyUs", "brokerUs", "storeUs", "memory"] as const) {
      figures[`${name}_${key}`] = median(measured.map((one) => one[key] ?? NaN));
    }
  }
  return figures;
}
