import { assertEquals } from "@std/assert";
import { FakeProvider, fakeSeries, slots } from "./fake_fixture.ts";
import { HistoryWorld, timeOf } from "./fixture.ts";

const EVENING = "2026-11-24T23:30:00Z";
const FROM = "2026-11-02";
const DAYS = slots("1d", FROM, "2026-11-25");
const HOLE = DAYS[4] ?? 0;
const SERIES = { provider: "fake", symbol: "ACME", interval: "1d" };

/** What the metadata store knows in the end, without when it was told. */
async function known({ metadata, rows }: HistoryWorld) {
  const gaps = await metadata.gaps.list(SERIES);
  const mark = await metadata.watermarks.get(SERIES);
  const range = { fromUs: DAYS[0] ?? 0, toUs: Date.parse(EVENING) * 1000 };
  const unanswered = await metadata.coverage.unanswered(SERIES, range);
  const actions = await metadata.actions.list();
  return {
    gaps: gaps.map(({ fromUs, toUs, reason, state }) => ({ fromUs, toUs, reason, state })),
    mark: [mark?.fromUs, mark?.toUs, mark?.lastTimeUs],
    unanswered,
    actions: actions.map(({ exDate, amount, version }) => ({ exDate, amount, version })),
    rows: rows.map(({ open_time }) => timeOf(open_time)).sort(),
  };
}

/** A series of pieces, with a hole and a payout. */
async function begun() {
  const world = await HistoryWorld.at(EVENING);
  const provider = new FakeProvider(world);
  provider.windowUs = 5 * 86_400e6;
  provider.has(DAYS.filter((openUs) => openUs !== HOLE));
  provider.actions = [{ exDate: "2026-11-17", kind: "dividend", amount: "0.4", currency: "USD" }];
  return { world, series: () => fakeSeries(world, provider, { from: FROM }) };
}

Deno.test("a run that is killed before the commit or before the ledger, at any piece: the next one knows all, each once", async () => {
  const whole = await begun();
  const { batches } = await whole.world.run(whole.series());
  const expected = await known(whole.world);
  await whole.world[Symbol.asyncDispose]();
  assertEquals([batches.length, expected.rows.length, expected.unanswered], [
    ...[5, DAYS.length - 1, []],
  ]);
  assertEquals(expected.gaps.map(({ reason, state }) => `${reason} ${state}`), [
    "no_trade accepted",
  ]);
  for (const before of ["commit", "ledger"] as const) {
    for (let batch = 0; batch < batches.length; batch++) {
      const { world, series } = await begun();
      await world.run(series(), { batch, before });
      const { rows, mark } = await known(world);
      // The ledger is never ahead of the log.
      assertEquals(rows.length < expected.rows.length || before === "ledger", true);
      assertEquals((mark[2] ?? 0) <= Math.max(0, ...world.rows.map((row) => row.open_time)), true);
      await world.run(series());
      assertEquals(await known(world), expected, `killed before the ${before} of piece ${batch}`);
      await world[Symbol.asyncDispose]();
    }
  }
});

Deno.test("a run that is killed each time behind one piece still gets to the end", async () => {
  const { world, series } = await begun();
  for (let i = 0; i < 5; i++) await world.run(series(), { batch: 0, before: "ledger" });
  await world.run(series());
  assertEquals(world.facts("ACME", "1d").size, DAYS.length - 1);
  assertEquals(world.rows.length, DAYS.length - 1);
  assertEquals(await world.gaps("fake", "ACME", "1d"), [
    `${timeOf(HOLE)} ${timeOf(HOLE + 86_400e6)} no_trade accepted`,
  ]);
  await world[Symbol.asyncDispose]();
});

Deno.test("a run whose signal aborts ends between two pieces, and the next goes on", async () => {
  const { world, series } = await begun();
  const stop = new AbortController();
  let last: string | undefined;
  for await (const { state } of series().read(undefined, stop.signal)) {
    last = state;
    stop.abort();
  }
  const mark = await world.metadata.watermarks.get(SERIES);
  assertEquals(mark?.toUs, JSON.parse(last ?? "").covered.toUs);
  await world[Symbol.asyncDispose]();
});
