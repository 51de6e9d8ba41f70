/**
 * `deno task soak`: the command line streams a simulated feed through three Kafka brokers into
 * MinIO and DuckDB, at half of what it is seen to take, for a long time, while processes are killed
 * and servers are hurt; then `reconcile` must prove it.
 * @module
 */
import { delay } from "@std/async";
import { parseArgs } from "node:util";
import { join } from "node:path";
import { Random } from "tickhouse/source/simulator/random.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { World } from "./world.ts";

const ROOT = join(import.meta.dirname ?? "", "..", "..");
/** Seconds of running as fast as it goes. */
const MEASURE_S = 40;
/** Longest pause between two faults, seconds. */
const PAUSE_MAX_S = 45;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    minutes: { type: "string", default: "30" },
    rate: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});

interface Ended {
  readonly code: number;
  readonly signal: string | null;
  readonly out: string;
}

/** One `stream` of the command line. */
class Stream {
  readonly #child: Deno.ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(args: readonly string[], env: Record<string, string>) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-check", "-P=pipeline", join(ROOT, "pipeline/cli/main.ts"), ...args],
      cwd: ROOT,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.ended = this.#child.output().then(({ code, signal, stdout }) => ({
      code,
      signal,
      out: new TextDecoder().decode(stdout),
    }));
  }

  signal(name: Deno.Signal): void {
    this.#child.kill(name);
  }
}

const random = Random.seeded(Number(values.seed));
const between = (from: number, to: number) => from + random.below(to - from + 1);
const strikes = new Map<string, number>();
const ends = new Map<string, number>();
const count = (of: Map<string, number>, name: string) => of.set(name, (of.get(name) ?? 0) + 1);

using folder = new TempFolder();
await using world = await World.start();
const settings = (name: string, rate: number): Record<string, string> => ({
  ...world.minio.variables,
  TICKHOUSE_BROKER: "kafka",
  TICKHOUSE_KAFKA_BROKERS: world.kafka.brokers.join(","),
  TICKHOUSE_KAFKA_PREFIX: `${name}.`,
  TICKHOUSE_LAKE_PREFIX: `${name}/`,
  TICKHOUSE_HOME: join(folder.path, name),
  TICKHOUSE_SINKS: "lake,warehouse",
  TICKHOUSE_ROUTE: "",
  TICKHOUSE_RATE: String(rate),
});

const rate = values.rate ? Number(values.rate) : await halfOfCapacity();
const minutes = Number(values.minutes);
console.log(`${rate} ticks/s for ${minutes} minutes`);
const env = settings("soak", rate);
const startedAt = performance.now();
const until = startedAt + minutes * 60_000;
let current = start();
const watching = (async () => {
  while (performance.now() < until) {
    const { code, signal } = await current.ended;
    count(ends, signal ?? `status ${code}`);
    if (performance.now() < until) current = start();
  }
})();
while (performance.now() < until) {
  await delay(Math.min(between(5, PAUSE_MAX_S) * 1000, until - performance.now()));
  if (performance.now() >= until) break;
  const [name, strike] = faults()[random.below(faults().length)] ?? [];
  if (!name || !strike) continue;
  await strike();
  count(strikes, name);
}
current.signal("SIGINT");
await watching;
// Whatever was on its way: to the end of the log.
const last = new Stream(["stream", "--source", "none", "--seconds", "5", "--no-models"], env);
console.log((await last.ended).out.trim());
const proving = performance.now();
const proof = new Stream(["reconcile"], env);
const { code, out } = await proof.ended;
console.log(out.trim());
const list = (of: Map<string, number>) => [...of].map(([name, n]) => `${n} ${name}`).join(", ");
console.log(`\nfaults: ${list(strikes)}`);
console.log(`ends of the stream: ${list(ends)}`);
console.log(
  `${Math.round((proving - startedAt) / 1000)} s, proof ${
    Math.round((performance.now() - proving) / 1000)
  } s, ${code === 0 ? "proven" : "NOT proven"}`,
);
Deno.exitCode = code;

function start(): Stream {
  return new Stream(["stream", "--no-models", "--seconds", "86400"], env);
}

function faults(): readonly (readonly [string, () => Promise<void>])[] {
  return [
    ["process killed", () => Promise.resolve(current.signal("SIGKILL"))],
    ["process paused", async () => {
      current.signal("SIGSTOP");
      await delay(between(500, 12_000));
      current.signal("SIGCONT");
    }],
    ["broker killed and back", async () => {
      const node = between(1, 3);
      await world.endBroker(node, "kill");
      await delay(between(0, 8_000));
      await world.startBroker(node);
    }],
    ["broker paused", async () => {
      const node = between(1, 3);
      world.kafka.pause(node);
      await delay(between(500, 6_000));
      world.kafka.resume(node);
    }],
    ["store paused", async () => {
      world.minio.pause();
      await delay(between(500, 9_000));
      world.minio.resume();
    }],
    ["two ingests at once", async () => {
      const rival = new Stream(
        ["stream", "--no-models", "--seconds", "4"],
        { ...env, TICKHOUSE_SINKS: "lake" },
      );
      await rival.ended;
    }],
  ];
}

/** What the whole takes when the feed does not pace it, halved. */
async function halfOfCapacity(): Promise<number> {
  const args = ["stream", "--no-models", "--json", "--seconds", String(MEASURE_S)];
  const before = performance.now();
  const { out } = await new Stream(args, settings("measure", 1_000_000)).ended;
  const report = JSON.parse(out);
  const rows = Math.min(report.lake.rows, report.warehouse.rows);
  const seconds = (performance.now() - before) / 1000;
  console.log(`capacity: ${rows} rows in both in ${Math.round(seconds)} s`);
  return Math.floor(rows / seconds / 2);
}
