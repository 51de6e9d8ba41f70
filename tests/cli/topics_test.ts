/** A topic of others on the command line: looked at, mapped, streamed. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname, join } from "node:path";
import { Packed } from "tickhouse/batch.ts";
import { EmbeddedBroker } from "tickhouse/broker/embedded/embedded.ts";
import { assertDone, assertRefused, Place } from "./command.ts";

/** A home whose log holds what another producer sent. */
async function placeWith(messages: readonly object[]): Promise<Place> {
  const place = new Place();
  const path = join(place.home, "broker.sqlite");
  Deno.mkdirSync(dirname(path), { recursive: true });
  await using broker = new EmbeddedBroker({ path });
  await broker.createTopic({ name: "theirs", partitions: 3 });
  for (const [i, one] of messages.entries()) {
    const values = Packed.from([JSON.stringify(one)]);
    await broker.produce("theirs", [{ key: `k${i}`, values }]);
  }
  return place;
}

Deno.test("a topic of others: preview proposes, the saved mapping streams it, each message once", async () => {
  const tick = (n: number) => ({
    kind: "trade",
    ticker: "AAPL",
    px: 100 + n / 8,
    at: `2024-03-11 14:30:0${n}`,
  });
  using place = await placeWith([tick(0), tick(1), { kind: "heartbeat" }, tick(2), tick(3)]);
  const shown = assertDone(await place.run(["preview", "--topic", "theirs"]));
  assertMatch(shown, /nothing was stored/);
  assertMatch(shown, /question +In which zone are times such as "2024-03-11 14:30:0\d"/);
  const { out, err, code } = await place.run(["preview", "--topic", "theirs", "--propose"]);
  assertEquals(code, 0, err);
  assertMatch(err, /time_zone: "America\/New_York"/);
  const mapping = { ...JSON.parse(out), time_zone: "America/New_York" };
  const env = { TICKHOUSE_MAPPINGS: place.write("mappings.json", JSON.stringify(mapping)) };
  const args = ["stream", "--source", "topic", "--topic", "theirs", "--to-end", "--no-models"];
  const streamed = await place.run(args, env);
  assertMatch(
    assertDone(streamed),
    /^read +4 records, 0 refused, 1 messages skipped as declared\n[^]*^proven +4 records/m,
  );
  assert(!streamed.err.includes("taken for UTC"));
  const again = assertDone(await place.run([...args, "--json"], env));
  assertEquals(JSON.parse(again).read, { accepted: 0, refused: 0, readBefore: true });
  const sql = "SELECT min(event_time)::VARCHAR AS t, count(*)::INTEGER AS n FROM bronze.ticks";
  const rows = JSON.parse(assertDone(await place.run(["query", sql, "--json"])));
  assertEquals(rows, [{ t: "2024-03-11 18:30:00", n: 4 }]);
});

Deno.test("a mapping that can't be is refused, with file, key, value and fix", async () => {
  using place = await placeWith([]);
  const mapping = { name: "mine", topic: "theirs", dataset: "ticks", fields: { symbol: 7 } };
  const env = { TICKHOUSE_MAPPINGS: place.write("m.json", JSON.stringify(mapping)) };
  const refused = await place.run(["preview", "--topic", "theirs"], env);
  assertRefused(refused, "MAPPING_INVALID", /m\.json: fields\.symbol is 7: must be a path/);
});
