import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { TickhouseError } from "../errors.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { connect } from "./connect.ts";
import { endpointPath, writeEndpoint } from "./endpoint_file.ts";
import { warehousePath } from "./home.ts";

/** A folder for one test. */
async function makeHome() {
  const home = await Deno.makeTempDir();
  return { home, [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }) };
}

async function makeWarehouse(home: string): Promise<void> {
  await using db = await DuckDbFile.open(warehousePath(home));
  await using session = await db.session();
  await session.run("CREATE TABLE held AS SELECT 42 AS answer");
}

/** Another process that holds the warehouse until disposed. */
async function hold(home: string, mode: "serve" | "silent") {
  const script = new URL("./holder_fixture.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, home, mode],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  for await (const _ of child.stdout) break; // "ready"
  return {
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
    },
  };
}

const ANSWER = [{ answer: 42 }];

describe("connect()", () => {
  it("reads the file when nobody holds it", async () => {
    await using folder = await makeHome();
    await makeWarehouse(folder.home);
    await using reader = await connect({ home: folder.home });
    assertEquals(await reader.rows("FROM held"), ANSWER);
    assertEquals(await reader.rows("SELECT ? AS x", ["it's"]), [{ x: "it's" }]);
    for (const sql of ["DROP TABLE held", "FROM read_text('/etc/passwd')"]) {
      for (const ask of [() => reader.query(sql), () => reader.frame(sql)]) {
        const error = await assertRejects(ask, TickhouseError);
        assertEquals(error.code, "QUERY_NOT_READ_ONLY");
      }
    }
  });

  it("reads through the endpoint when another process writes, and the file when it has ended", async () => {
    await using folder = await makeHome();
    const holder = await hold(folder.home, "serve");
    await using reader = await connect({ home: folder.home });
    assertEquals(await reader.rows("FROM held"), ANSWER);
    await holder[Symbol.asyncDispose]();
    assertEquals(await reader.rows("FROM held"), ANSWER);
    await assertRejects(() => Deno.stat(endpointPath(folder.home)), Deno.errors.NotFound);
  });

  it("lets an idle file go so that a writer can start, and follows it to its endpoint", async () => {
    await using folder = await makeHome();
    await makeWarehouse(folder.home);
    await using reader = await connect({ home: folder.home, idleMs: 1 });
    assertEquals(await reader.rows("FROM held"), ANSWER);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await using _holder = await hold(folder.home, "serve");
    assertEquals(await reader.rows("FROM held"), ANSWER);
  });

  it("throws DATABASE_HELD when the holder serves no endpoint", async () => {
    await using folder = await makeHome();
    await using _holder = await hold(folder.home, "silent");
    const error = await assertRejects(
      () => connect({ home: folder.home, waitMs: 300 }),
      TickhouseError,
    );
    assertEquals(error.code, "DATABASE_HELD");
  });

  it("throws WAREHOUSE_MISSING naming the command that makes one", async () => {
    await using folder = await makeHome();
    const error = await assertRejects(
      () => connect({ home: folder.home }),
      TickhouseError,
      "deno task demo",
    );
    assertEquals(error.code, "WAREHOUSE_MISSING");
  });

  it("ignores an endpoint file whose process has ended, or that is damaged", async () => {
    await using folder = await makeHome();
    await makeWarehouse(folder.home);
    // Port 9 (discard) is served nowhere here; another server on the port would not know startedAt.
    await writeEndpoint(folder.home, {
      url: "http://127.0.0.1:9",
      token: "t",
      pid: 1,
      startedAt: "2026-01-01T00:00:00Z",
    });
    {
      await using reader = await connect({ home: folder.home });
      assertEquals(await reader.rows("FROM held"), ANSWER);
    }
    await Deno.writeTextFile(endpointPath(folder.home), "{");
    await using reader = await connect({ home: folder.home });
    assertEquals(await reader.rows("FROM held"), ANSWER);
  });

  it("refuses an endpoint file that leads elsewhere or can't be read, and sends nothing", async () => {
    await using folder = await makeHome();
    await makeWarehouse(folder.home);
    let asked = 0;
    await using other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
      asked++;
      return Response.json({ startedAt: "now" });
    });
    const sound = {
      url: `http://127.0.0.1:${other.addr.port}`,
      token: "t",
      pid: 1,
      startedAt: "now",
    };
    const odd = [
      { ...sound, url: `http://localhost:${other.addr.port}` },
      { ...sound, url: `http://127.0.0.1:${other.addr.port}@198.51.100.1/` },
      { ...sound, url: "https://example.org" },
      { ...sound, url: `${sound.url}/?` },
      { ...sound, token: "two\nlines" },
    ];
    for (const endpoint of odd) {
      await Deno.writeTextFile(endpointPath(folder.home), JSON.stringify(endpoint));
      const error = await assertRejects(() => connect({ home: folder.home }), TickhouseError);
      assertEquals([error.code, error.field], ["ENDPOINT_INVALID", endpointPath(folder.home)]);
    }
    assertEquals(asked, 0);
    await Deno.remove(endpointPath(folder.home));
    await Deno.mkdir(endpointPath(folder.home));
    const error = await assertRejects(() => connect({ home: folder.home }), TickhouseError);
    assertEquals(error.code, "ENDPOINT_INVALID");
    const writing = () => writeEndpoint(folder.home, { ...sound, url: "http://127.0.0.1:9" });
    const unwritten = await assertRejects(writing, TickhouseError);
    assertEquals(unwritten.code, "ENDPOINT_INVALID");
    const names = [...Deno.readDirSync(folder.home)].map(({ name }) => name).sort();
    assertEquals(names, ["endpoint.json", "warehouse.duckdb"], "no draft is left");
  });

  it("takes a server that is none of ours for a process that has ended", async () => {
    await using folder = await makeHome();
    await makeWarehouse(folder.home);
    let health = "no JSON";
    await using other = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      ({ url }) => new Response(url.endsWith("/health") ? health : "<html>", { status: 418 }),
    );
    const url = `http://127.0.0.1:${other.addr.port}`;
    await writeEndpoint(folder.home, { url, token: "t", pid: 1, startedAt: "now" });
    {
      await using reader = await connect({ home: folder.home });
      assertEquals(await reader.rows("FROM held"), ANSWER);
    }
    health = JSON.stringify({ startedAt: "now" });
    await using reader = await connect({ home: folder.home });
    const error = await assertRejects(() => reader.rows("FROM held"), TickhouseError);
    assertEquals(error.code, "ENDPOINT_GONE");
  });

  it("gives frames that a notebook can show, from the file and from the endpoint alike", async () => {
    await using folder = await makeHome();
    const sql = "SELECT 9007199254740991::BIGINT AS n, 1.25::DECIMAL(18,8) AS price, " +
      "TIMESTAMP '2026-01-02 03:04:05.678901' AS at, 'é' AS s, [1::BIGINT] AS list, NULL::INT AS x, " +
      "uuid() AS id, 2 AS n -- the same name twice";
    const shown: string[] = [];
    {
      await using _holder = await hold(folder.home, "serve");
      await using reader = await connect({ home: folder.home });
      shown.push(describeFrame(await reader.frame(sql)));
    }
    await using reader = await connect({ home: folder.home });
    shown.push(describeFrame(await reader.frame(sql)));
    assertEquals(shown[0], shown[1]);
    assertEquals(
      shown[0],
      "n,price,at,s,list,x,id,n_1 DataType(Float64),DataType(Float64) 9007199254740991,1.25",
    );
  });
});

function describeFrame(frame: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>["frame"]>>) {
  JSON.stringify(frame); // Throws on a BigInt, which is what breaks a notebook's display.
  const types = frame.dtypes.slice(0, 2).map((type) => type.toString());
  return `${frame.columns.join()} ${types.join()} ${frame.row(0).slice(0, 2).join()}`;
}
