/** Kafka → lake and Kafka → warehouse, beside what else drains the same topic. @module */
import { drain, fill, type Measured, median, openBed } from "./kafka_rig.ts";
import type { Figures } from "./rig.ts";

/** What is measured, by its name in the figures. */
type Way = (
  bed: Awaited<ReturnType<typeof openBed>>,
  records: number,
) => Promise<Partial<Measured>>;

const WAYS: Record<string, Way> = {
  bare: (bed, records) => drain(bed, { kind: "bare" }, records),
  kafkajs: (bed, records) => drain(bed, { kind: "kafkajs" }, records),
  lake: (bed, records) => drain(bed, { kind: "lake" }, records),
  warehouse: (bed, records) => drain(bed, { kind: "warehouse" }, records),
};

/** Each way in turn, `rounds` times over; medians, and the least and greatest rate. */
export async function kafkaThroughput(records: number, rounds: number): Promise<Figures> {
  await using bed = await openBed();
  await fill(bed, records);
  const runs = new Map<string, Partial<Measured>[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, way] of Object.entries(WAYS)) {
      const measured = await way(bed, records);
      runs.set(name, [...runs.get(name) ?? [], measured]);
      console.error(name, JSON.stringify(measured));
    }
  }
  const figures: Record<string, number> = { records, rounds };
  for (const [name, measured] of runs) {
    const rates = measured.map(({ rate = NaN }) => rate);
    figures[`${name}_rate`] = median(rates);
    figures[`${name}_least`] = Math.min(...rates);
    figures[`${name}_most`] = Math.max(...rates);
    for (const key of ["cpuUs", "brokerUs", "storeUs", "memory"] as const) {
      figures[`${name}_${key}`] = median(measured.map((one) => one[key] ?? NaN));
    }
  }
  return figures;
}
