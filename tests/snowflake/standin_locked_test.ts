/** What the stand-in refuses to pages in a browser, to strangers, and to the SQL of its users. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { startSnowflake } from "services/mod.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { SnowflakeSession } from "tickhouse/snowflake/session.ts";
import { adminTokenFile, ask, optionsOf, standIn, testDatabase } from "./rig.ts";

/** One request as it is written: `fetch` would set Host by itself. */
async function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = "",
): Promise<{ status: number; body: string }> {
  const { hostname, port, host } = new URL(standIn.url ?? "");
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const all = { host, connection: "close", "content-length": `${body.length}`, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const request = new TextEncoder().encode(`${method} ${path} HTTP/1.1\r\n${lines}\r\n${body}`);
  await connection.write(request);
  let reply = "";
  for await (const part of connection.readable.pipeThrough(new TextDecoderStream())) reply += part;
  const [head = "", rest = ""] = reply.split("\r\n\r\n", 2);
  return { status: Number(head.split(" ")[1]), body: rest };
}

const ROUTES: readonly (readonly [string, string])[] = [
  ["POST", "/session/v1/login-request"],
  ["GET", "/console/login?login_name=X&proof_key=Y&browser_mode_redirect_port=1"],
  ["POST", "/queries/v1/query-request"],
  ["GET", "/queries/x/result"],
  ["GET", "/_standin/health"],
  ["GET", "/_standin/statements"],
  ["POST", "/_standin/users"],
  ["POST", "/_standin/expire"],
  ["GET", "/nothing"],
];

Deno.test("stand-in: a Host that is not its own address is refused on every route", async () => {
  const { port } = new URL(standIn.url ?? "");
  const token = Deno.readTextFileSync(adminTokenFile(standIn));
  for (const [method, path] of ROUTES) {
    for (const host of [`evil.example:${port}`, "evil.example", "127.0.0.1:1", ""]) {
      const { status } = await send(method, path, { host, "x-standin-token": token }, "{}");
      assertEquals(status, 421, `${method} ${path} Host: ${host}`);
    }
  }
  assertEquals((await send("GET", "/_standin/health")).status, 200);
  assertEquals((await send("GET", "/_standin/health", { host: `localhost:${port}` })).status, 200);
});

Deno.test("stand-in: what a page of another site sends is refused on every route", async () => {
  const { origin } = new URL(standIn.url ?? "");
  const token = Deno.readTextFileSync(adminTokenFile(standIn));
  const foreign: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://127.0.0.1:1" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin, "sec-fetch-site": "cross-site" },
  ];
  for (const [method, path] of ROUTES) {
    for (const headers of foreign) {
      const { status } = await send(method, path, { ...headers, "x-standin-token": token }, "{}");
      assertEquals(status, 403, `${method} ${path} ${JSON.stringify(headers)}`);
    }
  }
  for (const headers of [{ origin }, { "sec-fetch-site": "none" }, {}]) {
    assertEquals((await send("GET", "/_standin/health", headers)).status, 200);
  }
});

Deno.test("stand-in: its own routes take a token that each start makes again, in a file of mode 0600", async () => {
  const user = `U${crypto.randomUUID().slice(0, 8)}`;
  const body = JSON.stringify({ name: user, password: "mine" });
  for (const [method, path] of ROUTES.filter(([, path]) => /_standin.*s$|expire/.test(path))) {
    for (const token of [undefined, "", "x".repeat(43), "ü"]) {
      const headers = token === undefined ? {} : { "x-standin-token": token };
      const { status } = await send(method, path, headers, body);
      assertEquals(status, 401, `${path} ${token}`);
    }
  }
  const stranger = { ...standIn, user, password: "mine" };
  await assertRejects(() => SnowflakeSession.open(stranger), TickhouseError, "390100");
  assertEquals(await ask(standIn, "users", { name: user, password: "mine" }), { success: true });
  await (await SnowflakeSession.open(stranger))[Symbol.asyncDispose]();

  await using server = await startSnowflake();
  const file = adminTokenFile(optionsOf(server.variables));
  assertEquals((Deno.statSync(file).mode ?? 0) & 0o777, 0o600);
  const first = Deno.readTextFileSync(file);
  assertMatch(first, /^[\w-]{43}$/);
  await server.stop();
  await server.start();
  const second = Deno.readTextFileSync(file);
  assert(first !== second && second !== Deno.readTextFileSync(adminTokenFile(standIn)));
});

Deno.test("stand-in: a browser lets in nobody who has a password, and goes back to this machine only", async () => {
  const proof = crypto.randomUUID();
  const query = `login_name=${standIn.user}&proof_key=${proof}&browser_mode_redirect_port=1`;
  const { status } = await send("GET", `/console/login?${query}`);
  assertEquals(status, 403);
  const name = `U${crypto.randomUUID().slice(0, 8)}`;
  await ask(standIn, "users", { name });
  for (const port of ["80@evil.example", "1/../x", "", "99999"]) {
    const path = `/console/login?login_name=${name}&proof_key=p&browser_mode_redirect_port=`;
    const { status } = await send("GET", path + encodeURIComponent(port));
    assertEquals(status, 400, port);
  }
});

Deno.test("stand-in: no SQL reads or writes a file outside of its stages", async () => {
  using folder = new TempFolder();
  const secret = join(folder.path, "secret.csv");
  const text = "a\ntop secret\n";
  Deno.writeTextFileSync(secret, text);
  await using database = await testDatabase();
  await using session = await SnowflakeSession.open(database.options);
  await session.run("CREATE STAGE public.s; CREATE TABLE public.t (a VARCHAR)");
  // To the root, from wherever the stages are; `//` would begin a comment.
  const up = "../".repeat(20).slice(0, -1);
  const csv = "FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1)";
  // A SET is a variable of the session to the stand-in: what follows shows that it is no more.
  await session.run("SET enable_external_access = true; SET lock_configuration = false");
  const stage = `CREATE STAGE public.outside URL = 'file://${folder.path}/'`;
  for (
    const sql of [
      `SELECT * FROM read_csv('${secret}')`,
      `SELECT * FROM read_text('${secret}')`,
      `SELECT * FROM glob('${folder.path}/*')`,
      `SELECT * FROM '${secret}'`,
      `CREATE TABLE public.c AS SELECT * FROM read_csv('${secret}')`,
      `COPY INTO public.t FROM '${secret}' ${csv}`,
      `COPY INTO public.t FROM 'file://${secret}' ${csv}`,
      `COPY INTO public.t FROM @public.s FILES = ('${up}${secret}') ${csv}`,
      `COPY INTO public.t FROM @public.s FILES = ('${up}${secret}') ${csv} PURGE = TRUE`,
      `COPY INTO public.t FROM @public.s/${up}${folder.path}/ ${csv}`,
      `${stage}; COPY INTO public.t FROM @public.outside ${csv}`,
      "LIST @public.outside",
      "REMOVE @public.outside",
      `GET @public.outside 'file:///tmp/'`,
      `COPY INTO '${folder.path}/out.csv' FROM public.t ${csv} SINGLE = TRUE`,
      `COPY INTO @public.outside/x FROM public.t ${csv}`,
      `COPY INTO @public.s/${up}${folder.path}/x FROM public.t ${csv}`,
      `ATTACH '${folder.path}/x.db' AS x`,
      `EXPORT DATABASE '${folder.path}/x'`,
      "INSTALL httpfs",
      `CREATE DATABASE "../../x"`,
      `CREATE DATABASE "${folder.path}/x"`,
      `DROP DATABASE ".."`,
    ]
  ) {
    const got = await session.run(sql).then((count) => `${count}`, () => undefined);
    assertEquals(got, undefined, sql);
  }
  assertEquals((await session.query("SELECT count(*) FROM public.t")).rows, [[0]]);
  assertEquals(Deno.readTextFileSync(secret), text);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["secret.csv"]);
});

Deno.test("stand-in: a stage is no way to its neighbour, and a link is no way out of it", async () => {
  using folder = new TempFolder();
  const file = join(folder.path, "one.csv");
  Deno.writeTextFileSync(file, "x\n");
  await using server = await startSnowflake();
  await using database = await testDatabase(optionsOf(server.variables));
  await using session = await SnowflakeSession.open(database.options);
  await session.run(
    "CREATE STAGE public.s; CREATE STAGE public.s2; CREATE TABLE public.t (a TEXT)",
  );
  for (const name of ["s", "s2"]) {
    await session.query(`PUT 'file://${file}' @public.${name} AUTO_COMPRESS = FALSE`);
  }
  for (const path of ["@public.s/../S2/", "@public.s/../S2/one.csv"]) {
    await assertRejects(() => session.run(`COPY INTO public.t FROM ${path}`), TickhouseError);
    await assertRejects(() => session.query(`LIST ${path}`), TickhouseError);
    await assertRejects(() => session.query(`REMOVE ${path}`), TickhouseError);
  }
  // The driver copies by itself, so whoever can write there can also put a link there.
  const listed = await session.query("LIST @public.s2");
  assertEquals(listed.rows.length, 1);
  const stages = join(server.logFolder, "..", "stages", database.options.database, "PUBLIC", "S");
  Deno.symlinkSync(file, join(stages, "link.csv"));
  assertEquals((await session.query("LIST @public.s")).rows.length, 1);
  const read = "COPY INTO public.t FROM @public.s FILES = ('link.csv')";
  await assertRejects(() => session.run(read), TickhouseError);
  await session.query("REMOVE @public.s");
  assertEquals(Deno.readTextFileSync(file), "x\n");
});
