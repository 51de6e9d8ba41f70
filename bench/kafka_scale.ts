/** One, two and four workers of one group drain one backlog into the lake. @module */
import { drain, fill, openBed } from "./kafka_rig.ts";
import type { Figures } from "./rig.ts";

/** Numbers of workers. */
export const WORKERS = [1, 2, 4] as const;

/** For each number of workers: the rate, and processor time by role. */
export async function kafkaScale(records: number): Promise<Figures> {
  await using bed = await openBed();
  await fill(bed, records);
  const figures: Record<string, number> = { records };
  for (const workers of WORKERS) {
    const measured = await drain(bed, { kind: "lake" }, records, workers);
    for (const [name, value] of Object.entries(measured)) figures[`${name}_${workers}`] = value;
  }
  return figures;
}
