/** Runs as the house notes them. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { TickhouseError } from "../errors.ts";
import { metadataPath, openMetadata } from "../metadata/open.ts";
import type { RunEnd, Runs } from "../metadata/runs.ts";
import { simulator } from "../source/simulator/entry.ts";
import type { Source } from "../source/source.ts";
import { TempFolder } from "../testing.ts";
import { ticks } from "../datasets/datasets.ts";
import { exists } from "./home.ts";
import { open } from "./open.ts";
import { RecordedRun } from "./recorded.ts";

const some = simulator({ rate: Infinity, limit: 50 });

function house(folder: TempFolder, notes: string[] = []) {
  return open({ home: join(folder.path, "home"), onNote: (text) => notes.push(text) });
}

/** Runs that only count; `fails` says whether they can be written. */
class Noted implements Runs {
  beats = 0;
  ends: RunEnd[] = [];
  fails = false;

  begin(): Promise<string> {
    return Promise.resolve("id");
  }

  beat(): Promise<void> {
    this.beats++;
    return this.#result();
  }

  end(_: string, end: RunEnd): Promise<void> {
    this.ends.push(end);
    return this.#result();
  }

  list() {
    return Promise.resolve([]);
  }

  #result(): Promise<void> {
    return this.fails ? Promise.reject(new Error("the disk is gone")) : Promise.resolve();
  }
}

/** A clock that each tick takes past whoever sleeps. */
class TickingClock implements Clock {
  #nowMs = 0;
  #wake = Promise.withResolvers<void>();

  now(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal?.addEventListener("abort", () => resolve(), { once: true });
    await Promise.race([this.#wake.promise, promise]);
    this.#nowMs += ms;
  }

  /** Returns when those that slept have done what they do then. */
  async tick(): Promise<void> {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

async function begun(runs: Runs, clock: Clock, notes: string[] = []) {
  return await RecordedRun.begin({
    ...{ store: { runs }, config: { metadata: "", route: "" }, verb: "stream", source: null },
    onNote: (text) => notes.push(text),
    clock,
  });
}

Deno.test("House.runs() has none before the first, and makes no file", async () => {
  using folder = new TempFolder();
  await using one = await house(folder);
  const runs = await one.runs();
  assertEquals([runs.length, String(runs)], [0, "no run yet"]);
  assertEquals(exists(metadataPath(one.config)), false);
  const error = await assertRejects(() => one.runs({ limit: 0 }), TickhouseError);
  assertEquals(error.code, "OPTION_INVALID");
});

Deno.test("House.stream() notes what came out, also of a feed that fails", async () => {
  using folder = new TempFolder();
  await using one = await house(folder);
  const report = await one.stream({ source: some, models: false }).report;
  const broken: Source = {
    name: "broken",
    dataset: ticks,
    // deno-lint-ignore require-yield
    async *read() {
      throw new TickhouseError("OPTION_INVALID", "this feed is broken");
    },
  };
  await assertRejects(() => one.stream({ source: broken, models: false }).report);
  const runs = await one.runs();
  assertEquals(runs.map(({ verb, source, status }) => [verb, source, status]), [
    ["stream", "broken", "failed"],
    ["stream", "simulator-1", "proven"],
  ]);
  const [failed, proven] = runs;
  assertEquals(failed?.report, { code: "OPTION_INVALID", message: "this feed is broken" });
  assertEquals(proven?.report, JSON.parse(JSON.stringify(report)));
  assert(proven && proven.endedUs !== null && proven.endedUs > proven.startedUs);
  assertMatch(String(runs), /broken .* failed: OPTION_INVALID/);
  assertMatch(String(await one.runs({ limit: 1 })), /^(?!.*simulator)/s);
});

Deno.test("House.stream() does not begin where its run can't be noted", async () => {
  using folder = new TempFolder();
  await using one = await house(folder);
  Deno.mkdirSync(one.config.home);
  Deno.writeTextFileSync(metadataPath(one.config), "no database, but some text ".repeat(99));
  const run = one.stream({ source: some });
  const error = await assertRejects(() => run.report, TickhouseError);
  assertEquals(error.code, "METADATA_DAMAGED");
  assertEquals(await one.status().then((found) => found.map(({ log }) => log)), []);
});

Deno.test("House.stream() loses no record where its end can't be noted", async () => {
  using folder = new TempFolder();
  const notes: string[] = [];
  await using one = await house(folder, notes);
  const run = one.stream({ source: some, models: false });
  await run.started;
  // From here on nothing can be noted.
  await using store = await openMetadata(one.config);
  assertEquals((await store.runs.list({ limit: 1, nowUs: 0 })).length, 1);
  using other = new DatabaseSync(metadataPath(one.config));
  other.exec("ALTER TABLE runs RENAME TO elsewhere");
  const report = await run.report;
  assertEquals([report.proven, report.read.accepted], [true, 50]);
  assertMatch(notes.join("\n"), /metadata {3}this run is not noted to its end: .*runs/);
});

Deno.test("RecordedRun gives a sign of life until it ends", async () => {
  const clock = new TickingClock();
  const runs = new Noted();
  const run = await begun(runs, clock);
  for (let i = 0; i < 3; i++) await clock.tick();
  assertEquals(runs.beats, 3);
  await run.fail(new Error("why"));
  for (let i = 0; i < 3; i++) await clock.tick();
  assertEquals(runs.beats, 3);
  assertEquals(runs.ends.map(({ status, report }) => [status, report]), [
    ["failed", { code: null, message: "why" }],
  ]);
});

Deno.test("RecordedRun says once that it can't be noted", async () => {
  const clock = new TickingClock();
  const runs = new Noted();
  const notes: string[] = [];
  const run = await begun(runs, clock, notes);
  runs.fails = true;
  for (let i = 0; i < 5; i++) await clock.tick();
  assertEquals([runs.beats, notes.length], [5, 1]);
  assertMatch(notes[0] ?? "", /the disk is gone/);
  await run.fail(new Error("why"));
});
