/**
 * What the scenarios on real servers share: one broker and one object store, a topic filled once,
 * and workers in processes of their own whose records and processor time are counted.
 * @module
 */
import { join } from "node:path";
import { type Kafka, type Minio, startKafka, startMinio } from "services/mod.ts";
import { run } from "services/kit/run.ts";
import { KafkaBroker } from "tickhouse/broker/kafka/kafka.ts";
import type { Environment } from "tickhouse/config/config.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import { type Instrument, Simulator } from "tickhouse/source/simulator/simulator.ts";
import { createTopics, ingest } from "tickhouse/stream/ingest.ts";
import { type Note, READY, type WorkerJob } from "./kafka_worker.ts";

/** Of the topic that is drained. */
export const PARTITIONS = 12;

/**
 * Share of the records up to which the rate of several workers is measured: at the end some wait for
 * records that others have, until their roll time ends.
 */
const CUT = 0.9;

/** So many that the partitions get about the same. */
const INSTRUMENTS: readonly Instrument[] = Array.from({ length: 240 }, (_, i) => ({
  symbol: `T${String(i).padStart(3, "0")}`,
  price: 50 + i,
  volatility: 0.3,
}));

/** One broker, one store, and the settings that name both. */
export interface Bed extends AsyncDisposable {
  readonly kafka: Kafka;
  readonly minio: Minio;
  readonly variables: Environment;
  readonly folder: string;
}

/** Starts the servers; all goes with the bed. */
export async function openBed(): Promise<Bed> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.adopt(
    Deno.makeTempDirSync({ prefix: "tickhouse-bench-" }),
    (path) => Deno.removeSync(path, { recursive: true }),
  );
  const kafka = opened.use(await startKafka({ javaOptions: ["-Xmx512m"] }));
  const minio = opened.use(await startMinio());
  const own = opened.move();
  return {
    kafka,
    minio,
    folder,
    variables: { ...kafka.variables, ...minio.variables, TICKHOUSE_HOME: join(folder, "home") },
    [Symbol.asyncDispose]: () => own.disposeAsync(),
  };
}

/** A feed of many symbols. */
export function feed(options: { rate?: number; limit?: number }): Simulator {
  return new Simulator({ rate: Infinity, ...options, instruments: INSTRUMENTS });
}

/** Puts so many ticks into the topic, as `deno task ingest` does: with transactions. */
export async function fill(bed: Bed, records: number): Promise<void> {
  await using broker = await KafkaBroker.open({ brokers: bed.kafka.brokers });
  await createTopics(broker, { ...ticks, partitions: PARTITIONS });
  const signal = new AbortController().signal;
  const { accepted } = await ingest({ source: feed({ limit: records }), broker, signal });
  if (accepted !== records) throw new Error(`${accepted} of ${records} were ingested`);
}

/** A measured run. */
export interface Measured {
  /** Records a second, from the first fetch to the last record that is durable. */
  readonly rate: number;
  /** Processor microseconds a record, of the process or processes measured, start included. */
  readonly cpuUs: number;
  /** The same without the start, for our workers. */
  readonly steadyUs?: number;
  /** Processor microseconds a record of the broker and of the store meanwhile. */
  readonly brokerUs: number;
  readonly storeUs: number;
  /** Greatest memory of a worker, MiB. */
  readonly memory: number;
}

let runs = 0;

/** A prefix or group that no run before had. */
export function fresh(name: string): string {
  return `${name}-${++runs}`;
}

/** Drains the topic with so many workers, each in its process, and counts exactly. */
export async function drain(
  bed: Bed,
  job: Omit<WorkerJob, "variables" | "startFile">,
  records: number,
  workers = 1,
): Promise<Measured> {
  const { TICKHOUSE_HOME: home } = bed.variables;
  const name = fresh(job.kind);
  const variables = {
    ...bed.variables,
    TICKHOUSE_HOME: `${home}-${name}`,
    TICKHOUSE_LAKE_PREFIX: `${name}/`,
  };
  const startFile = join(bed.folder, `${name}-start`);
  let ready = 0;
  const before = await serverSeconds(bed);
  const children = Array.from({ length: workers }, () => spawn({ ...job, variables, startFile }));
  const latest = new Map<number, Note>();
  const started = new Map<number, Note>();
  let early = 0;
  let cut: { rows: number; at: number } | undefined;
  const rows = () => [...latest.values()].reduce((sum, note) => sum + note.rows, 0);
  const isDone = Promise.withResolvers<void>();
  const follow = async (child: Deno.ChildProcess, index: number) => {
    for await (const line of linesOf(child.stdout)) {
      if (line === READY) {
        if (++ready === workers) Deno.writeTextFileSync(startFile, "");
        continue;
      }
      const note: Note = JSON.parse(line);
      if (!started.has(index)) {
        started.set(index, note);
        early = rows();
      }
      latest.set(index, note);
      if (workers > 1 && rows() >= records * CUT) cut ??= { rows: rows(), at: note.at };
      if (rows() > records) throw new Error(`${name}: ${rows()} of ${records} records`);
      if (rows() === records) isDone.resolve();
    }
    if (rows() < records) throw new Error(`${name} ended after ${rows()} of ${records} records`);
  };
  const followed = Promise.all(children.map(follow));
  try {
    await Promise.race([isDone.promise, followed]);
  } finally {
    for (const child of children) endChild(child);
    await Promise.allSettled([followed, ...children.map((child) => child.status)]);
  }
  const after = await serverSeconds(bed);
  const notes = [...latest.values()];
  // Several workers: from when the last one was given its partitions.
  const from = Math.max(...[...started.values()].map(({ at }) => at));
  const end = cut ?? { rows: records, at: Math.max(...notes.map(({ at }) => at)) };
  return {
    rate: (end.rows - early) / (end.at - from) * 1000,
    cpuUs: sumOf(notes) / records,
    steadyUs: (sumOf(notes) - sumOf([...started.values()])) / records,
    brokerUs: (after.broker - before.broker) * 1e6 / records,
    storeUs: (after.store - before.store) * 1e6 / records,
    memory: Math.max(...notes.map(({ memory }) => memory)),
  };
}

function sumOf(notes: readonly Note[]): number {
  return notes.reduce((sum, { cpuUs }) => sum + cpuUs, 0);
}

function spawn(job: WorkerJob): Deno.ChildProcess {
  const script = join(import.meta.dirname ?? "", "kafka_worker.ts");
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=bench", "--quiet", script, JSON.stringify(job)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Processor seconds that broker and store have taken so far. */
export async function serverSeconds(bed: Bed): Promise<{ broker: number; store: number }> {
  const sum = async (pids: readonly number[]) =>
    (await Promise.all(pids.map(processSeconds))).reduce((a, b) => a + b, 0);
  return { broker: await sum(bed.kafka.pids), store: await sum(bed.minio.pids) };
}

/** Processor seconds of a running process; Linux only. */
export async function processSeconds(pid: number): Promise<number> {
  // Deno itself lets /proc be read with all permissions only.
  const stat = await run("cat", [`/proc/${pid}/stat`]);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** Linux's USER_HZ, the same on all machines that Deno runs on. */
const TICKS_A_SECOND = 100;

/** Runs a program to its end; what it printed, and its processor seconds. */
export async function timed(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ printed: string; seconds: number }> {
  const shell = '"$@"; status=$?; times; exit $status';
  const output = await run("sh", ["-c", shell, "sh", program, ...args], { env });
  const lines = output.trimEnd().split("\n");
  const children = [...(lines.pop() ?? "").matchAll(/(\d+)m([\d.]+)s/g)];
  const seconds = children.reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0);
  lines.pop(); // The shell's own.
  return { printed: lines.join("\n"), seconds };
}

/** The middle of the values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}

/** Ends a process, if it has not ended by itself. */
export function endChild(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
