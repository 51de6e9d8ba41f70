import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { SERVICE_NAMES } from "services/mod.ts";
import { readState } from "services/state.ts";
import { allLive, assertGone, Cli, finish, until } from "./cli.ts";
import { exists } from "tickhouse/house/home.ts";

Deno.test("up of an unknown name: status 2, and the names there are", async () => {
  using cli = new Cli();
  const { code, err } = await cli.run("up", "kafka", "zookeeper");
  assertEquals(code, 2);
  assertMatch(err, /SERVICE_UNKNOWN.*zookeeper/);
  for (const name of SERVICE_NAMES) assertStringIncludes(err, name);
});

Deno.test("up prints what to set, and Ctrl-C ends all and removes their data", async () => {
  using cli = new Cli();
  const child = cli.start("up", "minio", "versitygw");
  const state = await cli.up();
  assert(await allLive(state));
  assertEquals((Deno.statSync(join(cli.state, "state.json")).mode ?? 0) & 0o777, 0o600);
  child.kill("SIGINT");
  const { code, out, err } = await finish(child);
  assertEquals(code, 0, err);
  const lines = out.trim().split("\n");
  for (const line of lines) assertMatch(line, /^export [A-Z0-9_]+=\S+$/);
  assertStringIncludes(out, "export TICKHOUSE_S3_ENDPOINT=http://127.0.0.1:");
  assertStringIncludes(err, "TICKHOUSE_S3_ENDPOINT is set by several; the first one's holds");
  await assertGone(state);
  for (const { logFolder } of state.services) assertEquals(exists(logFolder), false);
  assertEquals(readState(cli.state), undefined);
});

Deno.test("up that is killed leaves no server and no data", async () => {
  using cli = new Cli();
  const child = cli.start("up", "minio", "kafka");
  const state = await cli.up();
  assert(await allLive(state));
  child.kill("SIGKILL");
  await finish(child);
  await assertGone(state);
  assertEquals((await cli.run("status")).code, 1);
  assertEquals((await cli.run("down")).code, 0);
  assertEquals(readState(cli.state), undefined);
});

Deno.test("up of a server that does not start: status 2, its last words, the others ended", async () => {
  using cli = new Cli();
  const folder = join(cli.data, "kafka", "node-1");
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeTextFileSync(join(folder, "meta.properties"), "version=1\ncluster.id=x\nnode.id=7\n");
  const { code, err } = await cli.run("up", "minio", "kafka", "--data", cli.data);
  assertEquals(code, 2, err);
  assertMatch(err, /Invalid cluster\.id .* read x$/m);
  assertEquals(await processesNaming(cli.data), []);
  assertEquals(readState(cli.state), undefined);
});

Deno.test("up ends all when one of them dies", async () => {
  using cli = new Cli();
  const child = cli.start("up", "minio", "versitygw");
  const state = await cli.up();
  const victim = state.services[1]?.processes[0]?.pid ?? 0;
  Deno.kill(victim, "SIGKILL");
  const { code, err } = await finish(child);
  assertEquals(code, 2);
  assertStringIncludes(err, "versitygw ended by itself with status 137");
  await assertGone(state);
});

Deno.test("up --detach returns; others find the servers; a second up is refused; down ends it", async () => {
  using cli = new Cli();
  const started = await cli.run("up", "minio", "--detach", "--json");
  assertEquals(started.code, 0, started.err);
  const state = await cli.up();
  try {
    assert(await allLive(state));
    const { variables } = JSON.parse(started.out);
    assertEquals(variables, state.services[0]?.variables);
    assertEquals((await cli.run("status")).code, 0);
    const second = await cli.run("up", "minio");
    assertEquals(second.code, 2);
    assertStringIncludes(second.err, "SERVICES_UP");
    assertEquals(await variablesByFixture(join(cli.state, "env")), variables);
  } finally {
    assertEquals((await cli.run("down")).code, 0);
  }
  await assertGone(state);
});

Deno.test("up --data finds the data again", async () => {
  using cli = new Cli();
  const password = async () => {
    const child = cli.start("up", "versitygw", "--data", cli.data);
    const state = await cli.up();
    child.kill("SIGTERM");
    assertEquals((await finish(child)).code, 0);
    await assertGone(state);
    return state.services[0]?.variables["TICKHOUSE_S3_SECRET_KEY"];
  };
  const first = await password();
  const buckets = join(cli.data, "versitygw", "data");
  Deno.writeTextFileSync(join(buckets, "raw", "object"), "kept");
  assertEquals(await password(), first);
  assertEquals(Deno.readTextFileSync(join(buckets, "raw", "object")), "kept");
});

Deno.test("withServices() in a process that ends leaves no server", async () => {
  const variables = await variablesByFixture("");
  const { port, hostname } = new URL(variables["TICKHOUSE_S3_ENDPOINT"] ?? "");
  // The guard does it, a moment after the process.
  await until(async () => (await processesNaming(`${hostname}:${port}`)).length === 0);
});

/** What a test file is given for minio when TICKHOUSE_SERVICES_ENV names the file. */
async function variablesByFixture(env: string): Promise<Record<string, string>> {
  const file = join(import.meta.dirname ?? "", "fixture_user.ts");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-P=tools", file],
    env: { TICKHOUSE_SERVICES_ENV: env },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The command lines of the running processes that hold the text. */
async function processesNaming(text: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-A", "-o", "args="] }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line.includes(text));
}
