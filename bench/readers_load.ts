/**
 * Readers of the worst kind, in a process of their own: `readers_load.ts <url> <token> <readers>`.
 * Each asks one thing after the other until the input ends; then how often each was answered, and
 * how, is printed as JSON.
 * @module
 */

/** What hurts memory, time, stack, disk and the wire, with tables and without. */
const WORST: readonly (readonly ["query" | "frame", string])[] = [
  ["query", "SELECT string_agg(i::VARCHAR, ',') FROM range(30000000) r(i)"],
  ["query", "SELECT string_agg(trade_id, ',') FROM bronze.ticks"],
  ["query", "SELECT range(100000) FROM range(3000)"],
  [
    "query",
    `SELECT ${Array.from({ length: 50 }, (_, i) => `i + ${i}`).join(", ")}
    FROM range(100000) r(i)`,
  ],
  ["query", "SELECT sum(length(repeat('x', 100000000 + i))) FROM range(80) r(i)"],
  ["query", "SELECT * FROM bronze.ticks ORDER BY price"],
  ["query", "SELECT count(*) FROM bronze.ticks a, bronze.ticks b WHERE a.price + b.price < 0"],
  ["query", "SELECT symbol, avg(price), count(*) FROM bronze.ticks GROUP BY symbol LIMIT 10"],
  ["query", "SELECT trade_id, count(*) FROM bronze.ticks GROUP BY trade_id"],
  ["query", "SELECT count(*), max(price) FROM bronze.ticks WHERE price > 1"],
  ["query", `SELECT ${"abs(".repeat(150)}1${")".repeat(150)}`],
  [
    "query",
    `WITH ${
      Array.from(
        { length: 100 },
        (_, i) => `c${i} AS (SELECT * FROM ${i ? `c${i - 1}` : "bronze.ticks"})`,
      ).join(", ")
    } SELECT count(*) FROM c99`,
  ],
  [
    "query",
    "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r",
  ],
  ["query", "SELECT median(price) OVER (ORDER BY event_time) FROM bronze.ticks"],
  ["frame", "SELECT *, repeat(trade_id, 1000) FROM bronze.ticks"],
  ["frame", "SELECT i, hash(i) FROM range(100000000) r(i)"],
];

const [url = "", token = "", readers = "64"] = Deno.args;
const stop = new AbortController();
const answers: Record<string, number> = {};

async function read(at: number): Promise<void> {
  for (let i = at; !stop.signal.aborted; i++) {
    const [path, sql] = WORST[i % WORST.length] ?? ["query", "SELECT 1"];
    const code = await ask(path, sql);
    answers[code] = (answers[code] ?? 0) + 1;
  }
}

async function ask(path: string, sql: string): Promise<string> {
  try {
    const response = await fetch(`${url}/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ sql }),
      signal: stop.signal,
    });
    if (!response.ok) return (await response.json()).code;
    for await (const _ of response.body ?? []) { /* Only that it comes. */ }
    return "answered";
  } catch (error) {
    if (stop.signal.aborted) return "stopped";
    return error instanceof Error ? error.name : "failed";
  }
}

const reading = Array.from({ length: Number(readers) }, (_, i) => read(i));
for await (const _ of Deno.stdin.readable) { /* Only its end matters. */ }
stop.abort();
await Promise.all(reading);
console.log(JSON.stringify(answers));
