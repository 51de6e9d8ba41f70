import { assert, assertEquals } from "@std/assert";
import type { ProviderClient, ProviderRequest } from "../../provider/client.ts";
import { seeded } from "../../provider/fuzz_fixture.ts";
import { PAGE, ticksOf } from "./ticks.ts";

const DAY_MS = Date.UTC(2026, 10, 24);

/** A day of so many trades, a pair in each odd millisecond, and how often it was asked. */
function day(count: number) {
  const t = Array.from({ length: count }, (_, i) => DAY_MS + 1 + 2 * Math.floor(i / 2));
  const asked: number[] = [];
  const get = ({ query = {} }: ProviderRequest) => {
    const [skip, limit] = [Number(query["skip"]), Number(query["limit"])];
    asked.push(skip);
    const times = t.slice(skip, skip + limit);
    const body = {
      ...{ t: times, p: times.map(() => 100), v: times.map((_, i) => skip + i), s: "AAPL" },
      ...{ c: times.map(() => []), count: times.length, total: count, skip },
    };
    return Promise.resolve({ text: JSON.stringify(body) });
  };
  return { t, asked, client: { get } as unknown as ProviderClient };
}

async function found(client: ProviderClient, fromMs: number, toMs: number): Promise<number[]> {
  const sizes: number[] = [];
  const about = { symbol: "AAPL", days: ["2026-11-24"], fromUs: fromMs * 1000, toUs: toMs * 1000 };
  const { signal } = new AbortController();
  await ticksOf(client, about, ({ size }) => sizes.push(Number(size)), signal);
  return sizes;
}

Deno.test("ticksOf() finds all trades of a range in a day of many pages, and asks for few", async () => {
  const { t, asked, client } = day(8 * PAGE + 17);
  const random = seeded(3);
  const last = (t.at(-1) ?? 0) + 1;
  const ranges = Array.from({ length: 12 }, () => {
    const from = DAY_MS + Math.floor(random() * (last - DAY_MS));
    return [from, from + Math.floor(random() * 1_000)] as const;
  });
  // From the first of a page, to the last of one, at the end, before the begin, behind the end.
  const page = t[3 * PAGE] ?? 0;
  const edges = [[page, page + 2], [page - 4, page], [last - 20, last], [0, DAY_MS + 3]] as const;
  for (const [from, to] of [...ranges, ...edges, [last, last + 9] as const]) {
    asked.length = 0;
    const expected = t.flatMap((at, i) => at >= from && at < to ? [i] : []);
    assertEquals(await found(client, from, to), expected);
    assert(asked.length <= 7, `${asked.length} requests`);
  }
});

Deno.test("ticksOf() asks once for a day that is one page", async () => {
  const { asked, client } = day(200);
  assertEquals((await found(client, DAY_MS, DAY_MS + 86_400_000)).length, 200);
  assertEquals(asked, [0]);
});
