/** What a verb may do under `deno task`, and the tasks themselves. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { type Config, parseConfig } from "tickhouse/config/config.ts";
import { LIBC_PATHS, openLibc } from "tickhouse/libc.ts";
import { permissionFlags } from "tickhouse/cli/permissions.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { Place, ROOT } from "./command.ts";
import { exists } from "tickhouse/house/home.ts";

const PROBE = join(import.meta.dirname ?? "", "permissions_probe.ts");

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function ended(child: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** As a user types it, but for the home. */
function start(args: readonly string[], home: string, env: Record<string, string> = {}) {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { TICKHOUSE_HOME: home, NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

const task = async (args: readonly string[], home: string, env: Record<string, string> = {}) =>
  await ended(start(["task", "-q", ...args], home, env));

/** The flags of a running verb, as the system shows them. */
async function flagsOf(
  verb: readonly string[],
  home: string,
  env: Record<string, string> = {},
): Promise<string[]> {
  // Under a launcher of its own, whose child is the verb.
  const child = start(["run", "-q", "-P=launch", "pipeline/cli/launch.ts", ...verb], home, env);
  const ending = ended(child);
  try {
    for (let tries = 0; tries < 6000; tries++) {
      const { stdout } = await new Deno.Command("ps", { args: ["-A", "-ww", "-o", "ppid=,args="] })
        .output();
      const lines = new TextDecoder().decode(stdout).split("\n").map((line) => line.trim());
      const found = lines.find((line) =>
        line.startsWith(`${child.pid} `) && line.includes("main.ts")
      );
      if (found) {
        return found.split(" ").filter((word) => word.startsWith("--") && word !== "--config");
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error("the verb never ran");
  } finally {
    child.kill("SIGINT");
    await ending;
  }
}

Deno.test("a verb can't exceed what the launcher gives it: file, host, library, program, variable", async () => {
  using house = new TempFolder();
  // Outside of project, home and the temporary folder: such as what lies in the user's folder.
  const outside = Deno.makeTempDirSync({ dir: join(ROOT, ".."), prefix: "tickhouse-outside-" });
  try {
    const home = join(house.path, "home");
    // The project may lie in the system's temporary folder, which a verb may write.
    const temporary = { TMPDIR: house.path };
    const flags = (await flagsOf(["stream"], home, temporary)).filter((flag) =>
      !/^--(seconds|json)/.test(flag)
    );
    const file = join(outside, "file");
    Deno.writeTextFileSync(file, "kept");
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
      return new Response("export default 1;", { headers: { "content-type": "text/javascript" } });
    });
    const { port } = server.addr as Deno.NetAddr;
    const library = join(outside, "other.so");
    // What a probe imports must not come into the lock file.
    const args = ["run", "-q", "--no-lock", "--config", join(ROOT, "deno.json"), ...flags, PROBE];
    const { code, out, err } = await ended(
      start([...args, file, outside, `${port}`, library], home, { PROBE_SECRET: "seen" }),
    );
    assertEquals(code, 0, err);
    const found: Record<string, string> = JSON.parse(out);
    const { "import from a host": imported, ...rest } = found;
    assertEquals(imported, "TypeError");
    assertEquals(rest["another variable"], "undefined");
    assertEquals(rest["all variables"], "false");
    for (const [name, came] of Object.entries(rest)) {
      if (!name.endsWith("variable") && !name.endsWith("variables")) {
        assertEquals(came, "NotCapable", name);
      }
    }
    assertEquals(Deno.readTextFileSync(file), "kept");
    // A probe that could do nothing at all would prove nothing.
    const free = await ended(
      start(["run", "-q", "--no-lock", "-A", PROBE, file, outside, `${port}`, "none.so"], home, {
        PROBE_SECRET: "seen",
      }),
    );
    const done = Object.values(JSON.parse(free.out)).filter((came) => came === "done");
    assert(done.length >= 10, free.out);
  } finally {
    Deno.removeSync(outside, { recursive: true });
    for (const left of ["probe.tmp"]) {
      if (exists(join(ROOT, left))) Deno.removeSync(join(ROOT, left));
    }
  }
});

/** Ends a process with SIGTERM from the moment it has a child, and prints that one's id. */
const END_AT_CHILD = `while :; do
  read -r child rest < /proc/$1/task/$1/children || [ -n "$child" ] || continue
  kill -TERM $1; echo $child; exit
done`;

Deno.test({
  name: "launch: a signal at the moment the verb starts leaves no verb behind",
  ignore: Deno.build.os !== "linux", // Only there can the moment be seen.
  fn: async () => {
    using house = new TempFolder();
    for (let round = 0; round < 8; round++) {
      const launcher = start(
        ["run", "-q", "-P=launch", "pipeline/cli/launch.ts", "stream", "--no-models"],
        join(house.path, "home"),
      );
      const seen = await new Deno.Command("sh", {
        args: ["-c", END_AT_CHILD, "sh", `${launcher.pid}`],
      }).output();
      const verb = Number(new TextDecoder().decode(seen.stdout));
      assert(verb > 0, "the launcher started nothing");
      // Its pipes close only when the verb has ended too.
      let left = false;
      const deadline = setTimeout(() => {
        left = true;
        Deno.kill(verb, "SIGKILL");
      }, 60_000);
      const { err } = await ended(launcher);
      clearTimeout(deadline);
      assert(!left, `verb ${verb} was left behind in round ${round}: ${err}`);
    }
  },
});

Deno.test("deno task: the journey runs so, in a home elsewhere whose path has blanks", async () => {
  using house = new TempFolder();
  const home = join(house.path, "a home elsewhere");
  const demo = await task(["demo", "--seconds", "2"], home, { TICKHOUSE_PORT: "0" });
  assertEquals(demo.code, 0, demo.err);
  assertMatch(demo.out, /^proven .* of this run, each exactly once in both$/m);
  const bars = join(house.path, "new bars.csv");
  Deno.writeTextFileSync(bars, "Ticker,Date,Open,High,Low,Close\nAAPL,2000-01-03,1,2,1,2\n");
  const ingest = await task(["ingest", "--file", bars], home);
  assertEquals(ingest.code, 0, ingest.err);
  const query = await task(["query", "--json", "select count(*) as n from bronze.bars"], home);
  assertEquals([query.code, JSON.parse(query.out)], [0, [{ n: 1 }]]);
  for (const verb of ["status", "reconcile", "doctor", "load", "transform"]) {
    const { code, err } = await task([verb], home);
    assertEquals(code, 0, `${verb}: ${err}`);
  }
});

Deno.test("deno task: the status of the verb is the task's, and a wrong setting is said by the verb", async () => {
  using house = new TempFolder();
  const home = join(house.path, "home");
  const wrong = await task(["status"], home, { TICKHOUSE_RATES: "1" });
  assertEquals([wrong.code, wrong.out], [2, ""]);
  assertMatch(wrong.err, /error CONFIG_INVALID: .*TICKHOUSE_RATES/);
  const route = await task(["status", "--route", "nowhere"], home);
  assertEquals(route.code, 2);
  assertMatch(route.err, /error ROUTE_UNKNOWN/);
  assertEquals((await task(["reconcile", "--nope"], home)).code, 2);
  const help = await task(["demo", "--help"], home, { TICKHOUSE_RATE: "none" });
  assertEquals([help.code, help.err], [0, ""]);
  assertMatch(help.out, /^Usage: tickhouse demo/);
  const comma = await task(["status"], join(house.path, "a,b"));
  assertEquals([comma.code, comma.out], [2, ""]);
  assertMatch(comma.err, /^error PATH_COMMA: TICKHOUSE_HOME is ".*a,b": .* without one/);
  const both = { TICKHOUSE_S3_SECRET_KEY: "secret,secret", TICKHOUSE_KAFKA_CA: "secret,secret" };
  const kept = await task(["status"], home, both);
  assertEquals([kept.code, kept.out], [2, ""]);
  assertMatch(kept.err, /^error PATH_COMMA: TICKHOUSE_KAFKA_CA is ".*\(secret\)": /);
});

Deno.test("deno task: a .env that can't be read is refused by the launcher too, in one line", async () => {
  using place = new Place();
  Deno.mkdirSync(place.path(".env"));
  const { code, out, err } = await place.run(["status"]);
  assertEquals([code, out], [2, ""]);
  assertMatch(err, /^error CONFIG_INVALID: \.env: it can't be read: .*\n$/);
});

const ENDS: readonly (readonly [string, (pid: number) => Promise<unknown>])[] = [
  // To `deno task`, the launcher and the verb, as the terminal sends it; the first two pass it on.
  ["Ctrl-C", (pid) => new Deno.Command("kill", { args: ["-INT", "--", `-${pid}`] }).output()],
  ["a signal to deno task alone", (pid) => Promise.resolve(Deno.kill(pid, "SIGTERM"))],
];

for (const [name, end] of ENDS) {
  Deno.test(`deno task: ${name} drains the verb`, async () => {
    using house = new TempFolder();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["task", "-q", "stream", "--no-models"],
      cwd: ROOT,
      env: { TICKHOUSE_HOME: join(house.path, "home"), NO_COLOR: "1", TICKHOUSE_RATE: "200" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // A group of its own, as a shell makes it.
      detached: true,
    }).spawn();
    const out = new Response(child.stdout).text();
    let err = "";
    let asked = false;
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      err += text;
      if (asked || !/^ticks /m.test(err)) continue;
      asked = true;
      await end(child.pid);
    }
    assertEquals((await child.status).code, 0, err);
    assertMatch(await out, /^proven /m);
  });
}

/** The values of a flag for these settings; undefined if it is open. */
function values(flag: string, settings: Record<string, string>, args: string[] = ["stream"]) {
  const config: Config = parseConfig(settings);
  const at = {
    project: "/p",
    folder: "/w",
    temp: "/t",
    deno: "/bin/deno",
    paces: "/c",
    real: (p: string) => p,
  };
  const found = permissionFlags(config, args, at).filter((one) => one.split("=")[0] === flag);
  assert(found.length <= 1);
  if (found.length === 0) return [];
  return found[0] === flag ? undefined : found[0]?.slice(flag.length + 1).split(",");
}

Deno.test("permissionFlags(): hosts are those that the settings name, open only where servers name more", () => {
  const net = (settings: Record<string, string>) => values("--allow-net", settings);
  const kafka = { TICKHOUSE_BROKER: "kafka" };
  const s3 = { TICKHOUSE_STORE: "s3" };
  assertEquals(net({}), ["127.0.0.1"]);
  assertEquals(net({ ...kafka, TICKHOUSE_KAFKA_BROKERS: "b.example:9092" }), undefined);
  const mixed = "127.0.0.1:9092,b.example:9092";
  assertEquals(net({ ...kafka, TICKHOUSE_KAFKA_BROKERS: mixed }), undefined);
  assertEquals(net({ ...kafka, TICKHOUSE_KAFKA_BROKERS: "127.0.0.1:9092" }), [
    "127.0.0.1",
    "localhost",
    "[::1]",
  ]);
  // Topics of others may be read beside an embedded log, by the verbs that do so.
  const beside = { TICKHOUSE_KAFKA_BROKERS: "b.example:9092" };
  assertEquals(net(beside), undefined);
  assertEquals(values("--allow-net", beside, ["preview"]), undefined);
  assertEquals(values("--allow-net", beside, ["query"]), ["127.0.0.1"]);
  assertEquals(net({ TICKHOUSE_REGISTRY_URL: "http://r.example:8081" }), [
    "127.0.0.1",
    "r.example:8081",
  ]);
  assertEquals(net({ ...s3, TICKHOUSE_S3_ENDPOINT: "https://s.example" }), [
    "127.0.0.1",
    "s.example:443",
  ]);
  assertEquals(net(s3), ["127.0.0.1", "*.amazonaws.com"]);
  assertEquals(net({ ...s3, TICKHOUSE_PROXY: "http://p.example:3128" })?.at(-1), "p.example:3128");
  const metadata = (url: string) => net({ TICKHOUSE_METADATA: url })?.at(-1);
  assertEquals(metadata("postgres://u:p@m.example/db"), "m.example:5432");
  assertEquals(metadata("postgresql://u:p@m.example:6543/db?sslmode=require"), "m.example:6543");
  const azure = { TICKHOUSE_STORE: "azure" };
  const key = "AccountName=acc;AccountKey=a==;EndpointSuffix=core.windows.net";
  assertEquals(
    net({ ...azure, TICKHOUSE_AZURE_CONNECTION: key })?.at(-1),
    "acc.blob.core.windows.net",
  );
  const own = `${key};BlobEndpoint=http://127.0.0.1:10000/acc`;
  assertEquals(net({ ...azure, TICKHOUSE_AZURE_CONNECTION: own })?.at(-1), "127.0.0.1:10000");
  // What names no host is for the verb to say, not for Deno.
  for (const connection of ["x", "AccountName=", "AccountName=a b", "BlobEndpoint=http://["]) {
    assertEquals(net({ ...azure, TICKHOUSE_AZURE_CONNECTION: connection }), ["127.0.0.1"]);
  }
  const avro = { TICKHOUSE_CODEC: "avro", TICKHOUSE_REGISTRY_URL: "http://r.example:8081/apis" };
  assertEquals(net(avro), ["127.0.0.1", "r.example:8081"]);
  const snowflake = { TICKHOUSE_SNOWFLAKE_ACCOUNT: "a" };
  assertEquals(net(snowflake), undefined);
  const standIn = { ...snowflake, TICKHOUSE_SNOWFLAKE_URL: "http://127.0.0.1:8085" };
  assertEquals(net(standIn), ["127.0.0.1", "127.0.0.1:8085"]);
  const evil = { ...snowflake, TICKHOUSE_SNOWFLAKE_URL: "http://127.0.0.1.evil.example:80" };
  assertEquals(net(evil), undefined);
});

Deno.test("permissionFlags(): a provider's host is open to who asks it, and the machine's paces", () => {
  const flags = (...args: string[]) => {
    const found = permissionFlags(parseConfig({}), args, {
      ...{ project: "/p", folder: "/w", temp: "/t", deno: "/bin/deno", paces: "/c" },
      real: (path) => path,
    });
    const of = (flag: string) => found.find((one) => one.startsWith(`--allow-${flag}=`)) ?? "";
    return [of("net").split("=")[1], of("write").includes("/c")];
  };
  assertEquals(flags("ingest", "--source", "yahoo"), [
    "127.0.0.1,query1.finance.yahoo.com:443",
    true,
  ]);
  assertEquals(flags("stream", "--source=finnhub"), [
    "127.0.0.1,finnhub.io:443,ws.finnhub.io:443",
    true,
  ]);
  assertEquals(flags("ingest", "--source", "yahoo,alphavantage"), [
    "127.0.0.1,query1.finance.yahoo.com:443,www.alphavantage.co:443",
    true,
  ]);
  assertEquals(flags("stream"), ["127.0.0.1", false]);
});

Deno.test("permissionFlags(): files are those that settings and arguments name", () => {
  const own = ["/p", "/w/.env", "/w/.tickhouse", "/t"];
  assertEquals(values("--allow-read", {}), own);
  assertEquals(values("--allow-write", {}), ["/w/.tickhouse", "/t"]);
  const to = ["dead", "export", "--to", "out.ndjson"];
  assertEquals(values("--allow-write", {}, to), ["/w/.tickhouse", "/t", "/w/out.ndjson"]);
  const file = (...args: string[]) => values("--allow-read", {}, args)?.slice(own.length);
  assertEquals(file("ingest", "--file", "a.csv"), ["/w/a.csv"]);
  assertEquals(file("ingest", "--file=/b.csv"), ["/b.csv"]);
  assertEquals(file("migrate", "--set", "key=@/k.pem"), ["/k.pem"]);
  assertEquals(file("migrate", "--set=key=@k.pem"), ["/w/k.pem"]);
  const keys = { TICKHOUSE_KAFKA_CA: "ca.pem", TICKHOUSE_SNOWFLAKE_KEY: "/key.p8" };
  assertEquals(values("--allow-read", keys)?.slice(own.length), ["/w/ca.pem", "/key.p8"]);
  const mappings = { TICKHOUSE_MAPPINGS: "mappings.json" };
  assertEquals(values("--allow-read", mappings)?.slice(own.length), ["/w/mappings.json"]);
});

Deno.test("permissionFlags(): libraries are packages and libc", () => {
  const own = ["/p/node_modules", ...LIBC_PATHS];
  assertEquals(values("--allow-ffi", {}), own);
  assertEquals(values("--allow-ffi", { TICKHOUSE_BROKER: "kafka" }), own);
});

Deno.test("permissionFlags(): the system is asked by two drivers, and for the name of this machine", () => {
  assertEquals(values("--allow-sys", { TICKHOUSE_BROKER: "kafka", TICKHOUSE_STORE: "s3" }), []);
  assertEquals(values("--allow-sys", { TICKHOUSE_STORE: "azure" }), ["osRelease"]);
  assertEquals(values("--allow-sys", { TICKHOUSE_METADATA: "postgres://h/db" }), ["hostname"]);
  assertEquals(values("--allow-sys", { TICKHOUSE_SNOWFLAKE_ACCOUNT: "a" }), undefined);
});

Deno.test("permissionFlags(): Deno itself may be started by those that need a reader only", () => {
  for (const args of [["demo"], ["dead", "replay"], ["withdraw", "--symbol", "A", "--yes"]]) {
    assertEquals(values("--allow-run", {}, args), ["/bin/deno"], args.join(" "));
  }
  for (
    const verb of [
      "dead",
      "withdraw",
      "preview",
      "query",
      "status",
      "reconcile",
      "load",
      "transform",
      "migrate",
      "doctor",
      "dashboard",
    ]
  ) {
    assertEquals(values("--allow-run", {}, [verb]), [], verb);
  }
});

Deno.test({
  name: "openLibc() opens the C library by a path that the launcher allows",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    const libc = openLibc({ getpid: { parameters: [], result: "i32" } });
    assertEquals(libc?.symbols.getpid(), Deno.pid);
    libc?.close();
  },
});
