import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connect as connectTcp } from "node:net";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { type EndpointOptions, serveQueries } from "./endpoint.ts";
import { endpointPath, readEndpoint } from "./endpoint_file.ts";

/** A served database of one table `t` with five rows. */
async function serve(options: Partial<EndpointOptions> = {}) {
  const home = await Deno.makeTempDir();
  const db = await DuckDbFile.open(`${home}/warehouse.duckdb`);
  await using session = await db.session();
  await session.run("CREATE TABLE t AS SELECT i FROM range(5) r(i)");
  const stop = new AbortController();
  const open = () => db.session();
  const { url, finished } = await serveQueries({
    ...{ open, home, folder: home, signal: stop.signal },
    ...options,
  });
  const token = (await readEndpoint(home))?.token ?? "";
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return {
    url,
    home,
    post,
    stop,
    finished,
    query: async (sql: string, binds: unknown[] = []) => {
      const response = await post("/query", { sql, binds });
      return { status: response.status, body: await response.json() };
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await finished;
      await db[Symbol.asyncDispose]();
      await Deno.remove(home, { recursive: true });
    },
  };
}

/** One HTTP request with a Host header of choice, which fetch does not allow. */
function rawStatus(url: string, host: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connectTcp(Number(port), hostname);
    socket.on("error", reject);
    socket.on("data", (data) => {
      resolve(data.toString().split("\r\n")[0] ?? "");
      socket.destroy();
    });
    socket.write(`GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  });
}

describe("serveQueries()", () => {
  it("answers a query with binds", async () => {
    await using endpoint = await serve();
    assertEquals(await endpoint.query("SELECT i, ? AS s FROM t WHERE i = ?", ["x", 3]), {
      status: 200,
      body: {
        columns: [{ name: "i", type: "BIGINT" }, { name: "s", type: "VARCHAR" }],
        rows: [[3, "x"]],
      },
    });
    const big = await endpoint.query("SELECT ?::HUGEINT + 1 AS n", [{
      bigint: "9007199254740993",
    }]);
    assertEquals(big.body.rows, [["9007199254740994"]]);
  });

  it("binds each number as what it is, and refuses what would wrap", async () => {
    await using endpoint = await serve();
    for (const n of [2n ** 127n - 1n, -(2n ** 127n)]) {
      const { body } = await endpoint.query("SELECT ?::VARCHAR AS n", [{ bigint: String(n) }]);
      assertEquals(body.rows, [[String(n)]]);
    }
    for (const n of [2n ** 127n, 2n ** 130n, -(2n ** 127n) - 1n]) {
      const refused = await endpoint.query("SELECT ?::VARCHAR AS n", [{ bigint: String(n) }]);
      assertEquals([refused.status, refused.body.code], [400, "BIND_INVALID"]);
      assertStringIncludes(refused.body.message, "128 bits");
    }
    const { body } = await endpoint.query("SELECT ?, typeof(?)", [1e300, 2 ** 63]);
    assertEquals(body.rows, [[1e300, "DOUBLE"]]);
    const special = [{ number: "NaN" }, { number: "Infinity" }, { number: "-Infinity" }];
    const text = await endpoint.query("SELECT ?::VARCHAR, ?::VARCHAR, ?::VARCHAR", special);
    assertEquals(text.body.rows, [["nan", "inf", "-inf"]]);
  });

  it("announces itself to its owner only, and cleans up", async () => {
    const endpoint = await serve();
    const { mode } = await Deno.stat(endpointPath(endpoint.home));
    assertEquals((mode ?? 0) & 0o777, 0o600);
    endpoint.stop.abort();
    await endpoint.finished;
    assertEquals(await readEndpoint(endpoint.home), undefined);
    await endpoint[Symbol.asyncDispose]();
  });

  it("refuses a missing or wrong token, a foreign host, other methods and paths", async () => {
    await using endpoint = await serve();
    const statuses = [];
    for (const authorization of ["", "Bearer wrong"]) {
      const response = await endpoint.post("/query", { sql: "SELECT 1" }, { authorization });
      statuses.push(response.status, (await response.json()).code);
    }
    assertEquals(statuses, [401, "TOKEN_INVALID", 401, "TOKEN_INVALID"]);
    assertStringIncludes(await rawStatus(endpoint.url, "evil.example"), "403");
    assertStringIncludes(await rawStatus(endpoint.url, new URL(endpoint.url).host), "200");
    const unknown = await endpoint.post("/other", {});
    assertEquals(unknown.status, 404);
    await unknown.body?.cancel();
  });

  it("refuses what a page sends", async () => {
    await using endpoint = await serve();
    const headers: Record<string, string>[] = [
      { origin: "http://evil.example" },
      { origin: endpoint.url },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-origin" },
    ];
    for (const sent of headers) {
      const response = await endpoint.post("/query", { sql: "SELECT 1" }, sent);
      assertEquals([response.status, (await response.json()).code], [403, "BROWSER_REFUSED"]);
    }
  });

  it("refuses what does not only read, and the table stays as it is", async () => {
    await using endpoint = await serve();
    for (const sql of ["DELETE FROM t", "FROM read_text('/etc/passwd')", "SELECT 1; SELECT 2"]) {
      const { status, body } = await endpoint.query(sql);
      assertEquals([status, body.code], [400, "QUERY_NOT_READ_ONLY"]);
      const frame = await endpoint.post("/frame", { sql });
      assertEquals([frame.status, (await frame.json()).code], [400, "QUERY_NOT_READ_ONLY"]);
    }
    assertEquals((await endpoint.query("SELECT count(*) FROM t")).body.rows, [[5]]);
  });

  it("passes on DuckDB's message", async () => {
    await using endpoint = await serve();
    const { status, body } = await endpoint.query("SELECT nothing FROM t");
    assertEquals(status, 400);
    assertStringIncludes(body.message, 'Referenced column "nothing" not found');
  });

  it("limits rows, bytes and time, and goes on", async () => {
    await using endpoint = await serve({
      limits: { rowsMax: 4, bytesMax: 1000 },
      maxBodyBytes: 300,
    });
    assertEquals((await endpoint.query("FROM t UNION ALL FROM t LIMIT 4")).body.rows.length, 4);
    const large = await endpoint.query("FROM t UNION ALL FROM t");
    assertEquals([large.status, large.body.code], [400, "RESULT_TOO_LARGE"]);
    const long = await endpoint.query(`SELECT '${"x".repeat(300)}'`);
    assertEquals([long.status, long.body.code], [413, "BODY_TOO_LARGE"]);
    const wide = await endpoint.query("SELECT repeat('x', 2000)");
    assertEquals([wide.status, wide.body.code], [400, "RESULT_TOO_LARGE"]);
    const malformed = await endpoint.post("/query", "{");
    assertEquals((await malformed.json()).code, "REQUEST_INVALID");
    assertEquals((await endpoint.query("SELECT 1")).status, 200);
  });

  it("runs more queries than may run at once", async () => {
    await using endpoint = await serve({ processesMax: 1 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => endpoint.query("SELECT ?::INT", [i])),
    );
    assertEquals(
      answers.map(({ body }) => body.rows[0][0]),
      Array.from({ length: 20 }, (_, i) => i),
    );
  });

  it("interrupts what runs when it stops", async () => {
    await using endpoint = await serve();
    const slow = endpoint.query(
      "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b",
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    endpoint.stop.abort();
    assertEquals((await slow).body.code, "ENDPOINT_CLOSING");
    await endpoint.finished;
  });

  it("serves Parquet", async () => {
    await using endpoint = await serve();
    const response = await endpoint.post("/frame", { sql: "FROM t;" });
    const bytes = await response.bytes();
    assertEquals(new TextDecoder().decode(bytes.subarray(0, 4)), "PAR1");
    const left = Array.from(Deno.readDirSync(endpoint.home), (entry) => entry.name);
    assert(!left.some((name) => name.endsWith(".parquet")), left.join());
  });
});
