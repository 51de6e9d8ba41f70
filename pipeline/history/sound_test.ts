import { assert, assertEquals, assertMatch } from "@std/assert";
import { bar, FakeProvider, fakeSeries, slots } from "./fake_fixture.ts";
import { HistoryWorld, timeOf } from "./fixture.ts";
import type { FetchedBar } from "./provider.ts";

const FROM = "2026-11-16";
const DAYS = slots("1d", FROM, "2026-11-25");
const FIRST = DAYS[0] ?? 0;

/** What a run of ACME does, with what the provider was given before. */
async function ran(prepare: (provider: FakeProvider) => void) {
  const world = await HistoryWorld.at("2026-11-24T23:30:00Z");
  const provider = new FakeProvider(world);
  provider.has(DAYS);
  prepare(provider);
  const run = async () => {
    const series = fakeSeries(world, provider, { from: FROM });
    const { rows } = await world.run(series);
    const [report] = series.series();
    assert(report);
    return { rows, report };
  };
  const end = () => world[Symbol.asyncDispose]();
  return { world, provider, run, [Symbol.asyncDispose]: end };
}

/** Figures that no bar can have. */
const BAD: Readonly<Record<string, Partial<FetchedBar>>> = {
  zero: { open: 0, high: 0, low: 0, close: 0 },
  "high below low": { high: 90, low: 110 },
  "open above high": { open: 101 },
  "negative volume": { volume: -1 },
  "too large": { high: 1e308 },
  "too many digits": { low: 1e-20 },
  "too many digits of a volume": { volume: 1.123456789123 },
  "digits of a text": { low: "0.00000000000000000001" },
  "no number": { close: "1,5" },
  "a negative adjusted close": { adjClose: -2 },
};

Deno.test("a bar that its dataset refuses is a dead letter of the feed, and its gap is open", async () => {
  for (const [name, figures] of Object.entries(BAD)) {
    await using all = await ran(({ bars_ }) =>
      bars_.set(FIRST, { ...bar(FIRST, 100), ...figures })
    );
    const { world, provider, run } = all;
    const { rows, report } = await run();
    assertEquals([rows.length, report.refused, report.missing], [DAYS.length - 1, 1, 1], name);
    assertMatch(world.refused[0] ?? "", /^fake ACME 1d: 2026-11-16: \w+ is /, name);
    assertEquals(await world.gaps("fake", "ACME", "1d"), [
      "2026-11-16 2026-11-17 provider_error open",
    ]);
    // It is asked for again, and is there once it is right.
    provider.has([FIRST]);
    assertEquals((await run()).rows.map(({ open_time }) => timeOf(open_time)), [FROM], name);
  }
});

Deno.test("an answer whose bars are all refused is none: the next run asks again", async () => {
  for (const exchange of ["XNYS", null]) {
    await using all = await ran((provider) => {
      provider.has(DAYS, 0);
      provider.exchange = exchange;
    });
    const { provider, run } = all;
    assertEquals((await run()).report.failure?.code, "PROVIDER_ANSWER_INVALID");
    provider.has(DAYS);
    assertEquals((await run()).rows.length, DAYS.length);
  }
});

Deno.test("a split or payout that can't be stored is a dead letter, and the series goes on", async () => {
  const split = { exDate: "2026-11-18", kind: "split", amount: "4", currency: null } as const;
  const bad = [
    { ...split, amount: "0.00000000000000000001" },
    { ...split, amount: "1000000000000000000000" },
    { ...split, kind: "dividend", amount: "0.1", currency: "" },
    { ...split, kind: "dividend", amount: "0.1", currency: "[x" },
  ] as const;
  for (const action of bad) {
    await using all = await ran((provider) => provider.actions = [action]);
    const { world, run } = all;
    const { rows, report } = await run();
    assertEquals([rows.length, report.actions, report.refused], [DAYS.length, 0, 1]);
    assertMatch(world.refused[0] ?? "", /fake ACME 1d: (split|dividend) 2026-11-18: \w+ is /);
    assertEquals([world.beside, await world.metadata.actions.list()], [[], []]);
    world.pass({ days: 1 });
    await run();
  }
});

Deno.test("nothing in a week of an exchange that nobody knows is no success, while no bar ever came", async () => {
  await using all = await ran((provider) => {
    provider.bars_.clear();
    provider.exchange = null;
  });
  const { world, provider, run } = all;
  const { report } = await run();
  assertEquals(report.failure?.code, "PROVIDER_ANSWER_EMPTY");
  assertMatch(report.failure?.message ?? "", /nobody knows its trading days/);
  provider.has(DAYS);
  assertEquals((await run()).rows.length, DAYS.length);
  // A holiday of a series that has bars is none to complain of.
  world.pass({ days: 1 });
  assertEquals((await run()).report.failure, null);
});
