/** A consumer as tutorials write it: one object a record. @module */
import { join } from "node:path";
import { makeVenv } from "services/kit/install.ts";
import { demand, PYTHON } from "services/kit/needs.ts";
import { run } from "services/kit/run.ts";
import { type Bed, fresh, type Measured } from "../kafka_rig.ts";
import { installPeer } from "./install.ts";

const PACKAGES = ["confluent-kafka==2.12.2", "boto3==1.44.5"];

function environment(): Promise<string> {
  return installPeer("python-consumer", "1", async (path) => {
    await demand(PYTHON);
    await makeVenv(join(path, "venv"), PACKAGES);
  });
}

/** Uploads so many records of the topic `ticks`. */
export async function pythonLake(bed: Bed, records: number): Promise<Partial<Measured>> {
  const folder = await environment();
  const { variables } = bed;
  const name = fresh("python");
  const script = join(import.meta.dirname ?? "", "tutorial.py");
  const printed = await run(join(folder, "venv", "bin", "python"), [script], {
    env: {
      BROKERS: bed.kafka.brokers.join(","),
      GROUP: name,
      RECORDS: String(records),
      ENDPOINT: variables["TICKHOUSE_S3_ENDPOINT"] ?? "",
      AWS_ACCESS_KEY_ID: variables["TICKHOUSE_S3_ACCESS_KEY"] ?? "",
      AWS_SECRET_ACCESS_KEY: variables["TICKHOUSE_S3_SECRET_KEY"] ?? "",
      AWS_DEFAULT_REGION: variables["TICKHOUSE_S3_REGION"] ?? "",
    },
  });
  const { seconds, cpu } = JSON.parse(printed);
  return { rate: records / seconds, cpuUs: cpu * 1e6 / records };
}
