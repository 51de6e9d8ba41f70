/** Bento (Kafka → S3 as Parquet), a stream processor in Go. @module */
import { delay } from "@std/async";
import { join } from "node:path";
import { freePorts, LOOPBACK } from "services/kit/ports.ts";
import { mustRun, run } from "services/kit/run.ts";
import {
  type Bed,
  endChild,
  fresh,
  type Measured,
  processSeconds,
  serverSeconds,
} from "../kafka_rig.ts";
import { installPeer } from "./install.ts";

const VERSION = "1.8.2";
/** Records an object, as tickhouse rolls by default. */
const BATCH = 75_000;

/** Milliseconds between looks at its counters. */
const LOOK_MS = 50;
/** Milliseconds after which something must be wrong. */
const GIVE_UP_MS = 120_000;

/** Bento's own way to build it with some of its components instead of all, for the same speed. */
const MAIN = `package main

import (
	"context"

	"github.com/warpstreamlabs/bento/public/service"

	_ "github.com/warpstreamlabs/bento/public/components/aws"
	_ "github.com/warpstreamlabs/bento/public/components/io"
	_ "github.com/warpstreamlabs/bento/public/components/kafka"
	_ "github.com/warpstreamlabs/bento/public/components/pure"
	_ "github.com/warpstreamlabs/bento/public/components/pure/extended"
)

func main() {
	service.RunCLI(context.Background())
}
`;

/** The program, built on first use: some minutes. */
async function bento(): Promise<string> {
  const folder = await installPeer("bento", VERSION, async (cwd) => {
    await mustRun("go", ["version"], "install Go 1.24 or newer (https://go.dev/dl)");
    Deno.writeTextFileSync(join(cwd, "main.go"), MAIN);
    await run("go", ["mod", "init", "bench"], { cwd });
    await run("go", ["get", `github.com/warpstreamlabs/bento@v${VERSION}`], { cwd });
    await run("go", ["build", "-mod=mod", "-o", "bento", "."], { cwd });
  });
  return join(folder, "bento");
}

/** Drains the topic `ticks` into the bucket `raw`, acknowledging at least once. */
export async function bentoLake(bed: Bed, records: number): Promise<Measured> {
  const program = await bento();
  const name = fresh("bento");
  const [port = 0] = freePorts(1);
  const config = join(bed.folder, `${name}.json`);
  Deno.writeTextFileSync(config, JSON.stringify(settings(bed, name, port)), { mode: 0o600 });
  const before = await serverSeconds(bed);
  const child = new Deno.Command(program, {
    args: ["-c", config],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  try {
    const ended = child.status.then(({ code }) => {
      throw new Error(`Bento ended with status ${code}`);
    });
    const [from, to] = await Promise.race([follow(port, records), ended]);
    const seconds = await processSeconds(child.pid);
    const after = await serverSeconds(bed);
    return {
      rate: records / (to - from) * 1000,
      cpuUs: seconds * 1e6 / records,
      brokerUs: (after.broker - before.broker) * 1e6 / records,
      storeUs: (after.store - before.store) * 1e6 / records,
      memory: await memoryOf(child.pid),
    };
  } finally {
    endChild(child);
    await child.status;
  }
}

/** Until all records are in the store: when the first came in, and when the last was out. */
async function follow(port: number, records: number): Promise<[from: number, to: number]> {
  let from = performance.now();
  const giveUpAt = performance.now() + GIVE_UP_MS;
  for (;;) {
    const metrics = await readMetrics(port);
    if (counter(metrics, "input_received") === 0) from = performance.now();
    if (counter(metrics, "processor_error") > 0) throw new Error("Bento could not encode");
    // A batch leaves as one object: nothing is missing once all batches have left.
    const sent = counter(metrics, "output_sent");
    const encoded = counter(metrics, "processor_received");
    if (encoded >= records && sent >= counter(metrics, "batch_created", "root.output")) {
      return [from, performance.now()];
    }
    if (performance.now() > giveUpAt) throw new Error(`Bento encoded ${encoded} of ${records}`);
    await delay(LOOK_MS);
  }
}

async function readMetrics(port: number): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await (await fetch(`http://${LOOPBACK}:${port}/metrics`)).json();
  } catch (error) {
    if (error instanceof TypeError) return {}; // It does not listen yet.
    throw error;
  }
}

/** The sum of a counter's values, of those parts of Bento whose path has `part` in it. */
function counter(metrics: Readonly<Record<string, unknown>>, name: string, part = ""): number {
  const found = Object.entries(metrics)
    .filter(([key]) => key.startsWith(`${name}{`) && key.includes(part));
  return found.reduce((sum, [, value]) => sum + Number(value), 0);
}

async function memoryOf(pid: number): Promise<number> {
  const status = await run("cat", [`/proc/${pid}/status`]);
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** What its documentation advises for throughput: batches from the input on. */
function settings({ kafka, variables }: Bed, name: string, port: number): unknown {
  const column = (column: string, type: string) => ({ name: column, type });
  return {
    http: { address: `${LOOPBACK}:${port}` },
    logger: { level: "ERROR" },
    metrics: { json_api: {} },
    input: {
      kafka_franz: {
        seed_brokers: kafka.brokers,
        topics: ["ticks"],
        consumer_group: name,
        start_from_oldest: true,
        checkpoint_limit: 10 * BATCH,
        batching: { count: 5_000, period: "100ms" },
      },
    },
    output: {
      aws_s3: {
        bucket: "raw",
        path: `${name}/\${! timestamp_unix_nano() }-\${! uuid_v4() }.parquet`,
        endpoint: variables["TICKHOUSE_S3_ENDPOINT"],
        region: variables["TICKHOUSE_S3_REGION"],
        force_path_style_urls: true,
        credentials: {
          id: variables["TICKHOUSE_S3_ACCESS_KEY"],
          secret: variables["TICKHOUSE_S3_SECRET_KEY"],
        },
        max_in_flight: 4,
        batching: {
          count: BATCH,
          period: "5s",
          processors: [{
            parquet_encode: {
              default_compression: "zstd",
              schema: [
                column("symbol", "UTF8"),
                column("price", "DOUBLE"),
                column("size", "DOUBLE"),
                column("event_time", "INT64"),
                column("source", "UTF8"),
                column("trade_id", "UTF8"),
              ],
            },
          }],
        },
      },
    },
  };
}
