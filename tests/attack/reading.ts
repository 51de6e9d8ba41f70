/**
 * Attacks a running stream through its query endpoint, its page and `connect()`: statements made of
 * all functions of the engine, every kind of statement, what weighs most, and requests that are none.
 * Nothing may be read outside of the warehouse, written, or waited for without end, and at the end
 * the stream has lost nothing. Exit status 1 on any finding. `--only statements|heavy|requests|file`.
 * `--share N --turn T`: an N-th of all; of the statements of functions half goes to the endpoint, half
 * to the file.
 * @module
 */
import { Command } from "commander";
import { delay } from "@std/async";
import { connect as connectTcp } from "node:net";
import { connect } from "tickhouse/read/connect.ts";
import { readEndpoint } from "tickhouse/read/endpoint_file.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { Place } from "../cli/command.ts";
import { shareOf } from "../turn.ts";
import { requests } from "./reading/requests.ts";
import { type Attack, heavy, ofAllFunctions, ofAllKinds } from "./reading/statements.ts";

const { only, share, turn } = new Command("reading")
  .option("--only <part>", "statements, heavy, requests or file")
  .option("--share <n>", "an n-th of all that is tried", Number, 1)
  .option("--turn <n>", "which of them", Number, 0)
  .parse(["", "", ...Deno.args]).opts<{ only?: string; share: number; turn: number }>();
const does = (part: string) => only === undefined || only === part;

/** What is in the file that no answer may tell. */
const SECRET = `canary-${crypto.randomUUID()}`;
/** Milliseconds after which an answer never comes: the endpoint's own limit, on a busy machine. */
const ANSWER_MS = 600_000;
/** Answers that are no error of ours; the engine's own messages have QUERY_FAILED. */
const CODES = new Set([
  ...["QUERY_NOT_READ_ONLY", "QUERY_INVALID", "QUERY_TOO_COMPLEX", "QUERY_FAILED", "TABLE_UNKNOWN"],
  ...["QUERY_MEMORY", "QUERY_CRASHED", "QUERY_TIMEOUT", "QUERY_TOO_HEAVY", "RESULT_TOO_LARGE"],
  ...["COLUMN_UNKNOWN", "ENDPOINT_BUSY", "SNAPSHOT_TOO_LARGE", "BODY_TOO_LARGE"],
]);

const findings: string[] = [];
const counts: Record<string, number> = {};
const find = (what: string) => {
  findings.push(what);
  console.error(`FOUND ${what}`);
};

using place = new Place();
const canary = place.write("canary.csv", `${SECRET},1\n${SECRET},2\n`);
const written = place.path("written");
await using stream = place.start(["stream", "--dashboard", "--port", "0"], {
  TICKHOUSE_RATE: "500",
});
await stream.until(/dashboard {2}(\S+)/);
const { url, token } = await endpointOf(place.home);

console.error(`attacking ${url}`);
const functions = await ofAllFunctions(canary);
const kinds = shareOf(ofAllKinds(canary, written), share, turn);
const ofEndpoint = share === 1 ? functions : shareOf(functions, 2 * share, turn);
const ofFile = share === 1 ? functions : shareOf(functions, 2 * share, turn + share);
const heavyOnes = shareOf(heavy(), share, turn);
const timed = async (part: string, work: () => Promise<void>) => {
  if (!does(part)) return;
  const startedAt = performance.now();
  await work();
  console.log(`${part}: ${Math.round((performance.now() - startedAt) / 1000)} s`);
};
await timed("statements", () => inLanes(8, [...kinds, ...ofEndpoint], askEndpoint));
await timed("heavy", () => inLanes(8, heavyOnes, askEndpoint));
const page = /dashboard {2}(\S+)/.exec(stream.printed)?.[1] ?? "";
const sent = shareOf(requests({ endpoint: url, token, page }), share, turn);
await timed("requests", () => inLanes(16, sent, sendRequest));
await inLanes(1, [{ sql: "SELECT count(*) FROM bronze.ticks", expect: "any" }], askEndpoint);

const ended = await stream.end("SIGTERM");
if (ended.code !== 0 || !/proven/.test(ended.out)) find(`the stream: ${ended.code} ${ended.err}`);
await timed("file", attackFile);
const proof = await place.run(["reconcile"]);
if (proof.code !== 0) find(`reconcile: ${proof.out}${proof.err}`);
for (const name of ["written", "home/written"]) {
  if (await Deno.stat(place.path(name)).then(() => true, () => false)) find(`${name} was written`);
}
const parts = [ofEndpoint.length + kinds.length, heavyOnes.length, sent.length];
console.log(`${parts[0]} statements, ${parts[1]} heavy ones, ${parts[2]} requests`);
console.log(Object.entries(counts).sort().map(([code, n]) => `${code} ${n}`).join(", "));
console.log(`${findings.length} findings`);
Deno.exit(findings.length === 0 ? 0 : 1);

async function endpointOf(home: string) {
  for (let tries = 0; tries < 6000; tries++) {
    const endpoint = await readEndpoint(home);
    if (endpoint) return endpoint;
    await delay(50);
  }
  throw new Error("the stream serves no endpoint");
}

/** Works off the list by so many at once. */
async function inLanes<T>(lanes: number, list: readonly T[], work: (item: T) => Promise<void>) {
  const queue = [...list];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function askEndpoint({ sql, expect }: Attack): Promise<void> {
  const shown = sql.length > 90 ? `${sql.slice(0, 90)}…` : sql;
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url}/query`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ sql }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    text = await response.text();
  } catch (error) {
    return find(`${shown}: no answer (${error instanceof Error ? error.message : error})`);
  }
  const code = response.ok ? "answered" : String(JSON.parse(text).code);
  judge(shown, code, text, expect);
}

function judge(shown: string, code: string, text: string, expect: Attack["expect"]): void {
  counts[code] = (counts[code] ?? 0) + 1;
  if (text.includes(SECRET)) find(`${shown}: told what is in a file`);
  if (code !== "answered" && !CODES.has(code)) find(`${shown}: ${code} ${text.slice(0, 200)}`);
  if (expect === "refused" && !/^QUERY_(NOT_READ_ONLY|INVALID)|TABLE_UNKNOWN/.test(code)) {
    find(`${shown}: ${code}, not refused`);
  }
}

/** The same over the file, in a process that it may end: what is refused there is refused here. */
async function attackFile(): Promise<void> {
  await using reader = await connect({ home: place.home });
  for (const { sql, expect } of [...kinds, ...ofFile]) {
    // What may wait or weigh is nobody's but the asker's own there.
    if (expect !== "refused" && /1000000000/.test(sql)) continue;
    const shown = `file: ${sql.slice(0, 90)}`;
    try {
      judge(shown, "answered", JSON.stringify(await reader.query(sql)), expect);
    } catch (error) {
      const code = error instanceof TickhouseError ? error.code : "QUERY_FAILED";
      judge(shown, code, error instanceof Error ? error.message : "", expect);
    }
  }
}

/** Bytes to a port: an answer without a secret, or the end of the connection, in time. */
function sendRequest({ port, bytes, name }: ReturnType<typeof requests>[number]): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, "127.0.0.1");
    let received = "";
    const timer = setTimeout(() => {
      find(`${name}: neither an answer nor an end`);
      socket.destroy();
    }, ANSWER_MS);
    socket.on("data", (data) => {
      received += data.toString("latin1");
      // Streams of events do not end.
      if (received.length > 1_000) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      const status = /^HTTP\/1.1 (\d+)/.exec(received)?.[1] ?? "closed";
      counts[`HTTP ${status}`] = (counts[`HTTP ${status}`] ?? 0) + 1;
      if (received.includes(SECRET) || received.includes(token)) find(`${name}: told a secret`);
      if (status === "500") find(`${name}: ${received.slice(0, 300)}`);
      resolve();
    });
    socket.write(bytes);
  });
}
