import { assert, assertEquals } from "@std/assert";
import { allLive, assertGone, Cli } from "../services/cli.ts";

Deno.test("services up feeds: sets what a user needs, and its control takes docs/services.md's lines", async () => {
  using cli = new Cli();
  const started = await cli.run("up", "feeds", "--detach", "--json");
  assertEquals(started.code, 0, started.err);
  const state = await cli.up();
  try {
    assert(await allLive(state));
    const { variables } = JSON.parse(started.out);
    const told = await tell(variables);
    assertEquals(told.filter(({ status }) => status !== 200), []);
    assert(told.length > 8);
    const chart = `${variables.TICKHOUSE_YAHOO_URL}/v8/finance/chart/BTC-USD?range=5d&interval=1d`;
    const { chart: { result } } = await (await fetch(chart)).json();
    assertEquals(result[0].meta.symbol, "BTC-USD");
  } finally {
    assertEquals((await cli.run("down")).code, 0);
  }
  await assertGone(state);
});

/** Sends what the page shows, with the token. */
async function tell(variables: Record<string, string>) {
  const page = Deno.readTextFileSync(new URL("../../docs/services.md", import.meta.url));
  const token = Deno.readTextFileSync(variables["TICKHOUSE_SERVICES_FEEDS_TOKEN"] ?? "");
  const told: { line: string; status: number }[] = [];
  for (
    const [line, path = "", body] of page.matchAll(/^tell "?\$C([^\s"]*)"?(?: -d '(.*?)')?.*$/gm)
  ) {
    const response = await fetch(`${variables["TICKHOUSE_SERVICES_FEEDS"]}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { "x-standin-token": token },
      ...(body === undefined ? {} : { body }),
    });
    told.push({ line, status: response.status });
    await response.body?.cancel();
  }
  return told;
}
