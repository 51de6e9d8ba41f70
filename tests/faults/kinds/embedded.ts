/** The embedded log: its clock steps, and two feed it at once. @module */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { offsetAt } from "tickhouse/batch.ts";
import { EmbeddedBroker } from "tickhouse/broker/embedded/embedded.ts";
import { ticks } from "tickhouse/datasets/datasets.ts";
import type { Sink } from "tickhouse/sink/sink.ts";
import { Simulator } from "tickhouse/source/simulator/simulator.ts";
import { differencesOf, TestHouse } from "tickhouse/stream/fixture.ts";
import { createTopics, ingest } from "tickhouse/stream/ingest.ts";
import { texts } from "tickhouse/testing.ts";
import type { Kind } from "../kind.ts";
import { endOf, type Run } from "../run.ts";

const HOUR_MS = 3_600_000;
/** What a machine's clock may do between two appends. */
const STEPS_MS = [1_000, 600_000, -HOUR_MS, 26 * HOUR_MS, -26 * HOUR_MS, 400 * 24 * HOUR_MS];

/** A difference that says which sink of which partition the log went on without. */
const DROPPED = /^(\S+ \w+): stands at \d+, and the log has dropped/;

/** Retention by age, while nothing says that a later record is younger. */
const clockSteps: Kind = {
  name: "clock of the embedded log steps",
  weight: 3,
  async run(run) {
    await using house = await TestHouse.open();
    await using lake = await house.lake();
    const sinks = [house.rows(), lake];
    const passed = new Set<Sink>();
    house.weather.nowMs = Date.UTC(2026, 0, 1);
    for (let round = run.between(4, 9); round > 0; round--) {
      house.weather.nowMs += run.pick(STEPS_MS);
      await house.send(run.between(5, 40), run.pick([Infinity, 9]));
      for (const sink of sinks) {
        if (run.random.next() < 0.3 || passed.has(sink)) continue;
        const end = await endOf(async () => void await house.drain(sink));
        if (end.code === undefined) continue;
        assertEquals(end.code, "RETENTION_PASSED", end.message);
        const behind = await behindOf(house, sink);
        assert(behind.length > 0, "nothing that it has not was dropped");
        passed.add(sink);
      }
      if (run.random.next() < 0.6 && await house.broker.retain({ maxAgeMs: HOUR_MS }) > 0) {
        run.struck("retention");
      }
      await assertNoHole(house);
    }
    run.note(`${passed.size} sinks were passed`);
    // The proof tells of the sinks that the log went on without, and finds nothing else.
    const differences = differencesOf(await house.prove());
    const told = differences.map((text) => DROPPED.exec(text)?.[1] ?? text);
    const behind = await Promise.all(sinks.map((sink) => behindOf(house, sink)));
    // One at 0 may never have come to this log.
    const passedBy = behind.flat().filter(({ position }) => position > 0);
    assertEquals(told.sort(), passedBy.map(({ name }) => name).sort());
  },
};

/** Partitions of which the log dropped something that the sink has yet to take. */
async function behindOf(
  { broker }: TestHouse,
  sink: Sink,
): Promise<{ readonly name: string; readonly position: number }[]> {
  const found = [];
  for (let partition = 0; partition < ticks.partitions; partition++) {
    const { earliest } = await broker.offsets(ticks.topic, partition);
    const position = await sink.position(ticks.topic, partition);
    if (position < earliest) {
      found.push({ name: `${ticks.topic}/${partition} ${sink.name}`, position });
    }
  }
  return found;
}

/** All offsets that the log says it holds have a record. */
async function assertNoHole({ broker }: TestHouse): Promise<void> {
  for (let partition = 0; partition < ticks.partitions; partition++) {
    const { earliest, next } = await broker.offsets(ticks.topic, partition);
    let at = earliest;
    while (at < next) {
      const batch = await broker.read(ticks.topic, partition, at, 1);
      assertEquals(batch && [batch.values.length, offsetAt(batch, 0)], [1, at], `hole at ${at}`);
      at++;
    }
  }
}

/** Each record of a source once, however many feed it at once. */
const twoIngests: Kind = {
  name: "two ingests into the embedded log",
  weight: 3,
  async run(run) {
    const path = join(run.folder.path, "broker.sqlite");
    const limit = run.between(200, 900);
    const seed = run.seed;
    const feed = async (): Promise<void> => {
      await using broker = new EmbeddedBroker({ path });
      const source = new Simulator({ rate: run.between(5_000, 50_000), seed, limit });
      await ingest({ source, broker, signal: new AbortController().signal });
    };
    await using broker = new EmbeddedBroker({ path });
    await createTopics(broker, ticks);
    for (let start = 0; await sentOf(broker) < limit; start++) {
      assert(start < 20, "they do not come to an end");
      const ends = await Promise.all(
        Array.from({ length: run.between(2, 4) }, () => endOf(feed)),
      );
      const failed = ends.filter(({ code }) => code !== undefined);
      for (const { code, message } of failed) assertEquals(code, "SOURCE_FENCED", message);
      if (failed.length > 0) run.struck("fenced");
    }
    await assertEachOnce(run, broker, limit);
  },
};

async function sentOf(broker: EmbeddedBroker): Promise<number> {
  let sent = 0;
  for (let p = 0; p < ticks.partitions; p++) sent += (await broker.offsets(ticks.topic, p)).next;
  return sent;
}

async function assertEachOnce(run: Run, broker: EmbeddedBroker, limit: number): Promise<void> {
  const seen = new Map<string, number>();
  for (let partition = 0; partition < ticks.partitions; partition++) {
    const batch = await broker.read(ticks.topic, partition, 0, limit);
    for (const text of batch ? texts(batch.values) : []) {
      const { symbol, trade_id } = JSON.parse(text);
      const trade = Number(trade_id);
      // A symbol's trades are counted from 1, and a partition keeps their order.
      assertEquals(trade, (seen.get(symbol) ?? 0) + 1, `${symbol} of run ${run.seed}`);
      seen.set(symbol, trade);
    }
  }
  assertEquals([...seen.values()].reduce((sum, count) => sum + count, 0), limit);
}

/** Kinds about the embedded log. */
export const embeddedKinds: readonly Kind[] = [clockSteps, twoIngests];
