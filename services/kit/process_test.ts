import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { TickhouseError } from "tickhouse/errors.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { identify, lives } from "../identity.ts";
import { type ProcessOptions, ServerProcess } from "./process.ts";

/** A server that is a line of shell. */
function shell(folder: string, script: string, more: Partial<ProcessOptions> = {}): ServerProcess {
  return new ServerProcess({
    name: "test",
    program: "sh",
    args: ["-c", script],
    log: join(folder, "log"),
    ready: (printed) => printed.includes("ready"),
    ...more,
  });
}

Deno.test("ServerProcess starts, ends, and starts again; what it printed before is not ready", async () => {
  using temp = new TempFolder();
  const server = shell(temp.path, "echo ready; exec sleep 60");
  await server.start();
  const first = server.pid;
  assert(first);
  await server.kill();
  assertEquals(server.pid, undefined);
  await server.start();
  assert(server.pid && server.pid !== first);
  await server.stop();
  assertEquals(Deno.readTextFileSync(join(temp.path, "log")), "ready\nready\n");
});

Deno.test("ServerProcess.start() that ends before it is ready says so with its last words", async () => {
  using temp = new TempFolder();
  const server = shell(temp.path, "echo no such disk >&2; exit 3");
  const error = await assertRejects(() => server.start(), TickhouseError);
  assertEquals([error.code, error.kind], ["SERVICE_FAILED", "terminal"]);
  assertStringIncludes(error.message, "no such disk");
});

Deno.test("ServerProcess.start() takes a port that another took for transient", async () => {
  using temp = new TempFolder();
  const server = shell(temp.path, "echo bind: EADDRINUSE; exit 1");
  const error = await assertRejects(() => server.start(), TickhouseError);
  assertEquals(error.kind, "transient");
});

Deno.test("ServerProcess.start() ends what does not get ready in time", async () => {
  using temp = new TempFolder();
  const server = shell(temp.path, "echo $$; exec sleep 60", { readyMs: 300 });
  const error = await assertRejects(() => server.start(), TickhouseError, "within 0.3 s");
  assertEquals(error.code, "SERVICE_FAILED");
  const pid = Number(Deno.readTextFileSync(join(temp.path, "log")));
  assertEquals(await identify(pid), undefined);
});

Deno.test("ServerProcess.failed tells of an end that nobody asked for, and only of that", async () => {
  using temp = new TempFolder();
  const server = shell(temp.path, "echo ready; exec sleep 60");
  let told: TickhouseError | undefined;
  server.failed.then((error) => told = error);
  await server.start();
  await server.stop();
  await server.start();
  assertEquals(told, undefined);
  Deno.kill(server.pid ?? 0, "SIGKILL");
  assertStringIncludes((await server.failed).message, "ended by itself with status 137");
});

Deno.test("ServerProcess.stop() ends one that is paused", async () => {
  using temp = new TempFolder();
  const server = shell(temp.path, "echo ready; exec sleep 60");
  await server.start();
  server.signal("SIGSTOP");
  await server.stop();
  assertEquals(server.pid, undefined);
});

Deno.test("servers and their folder go when their starter is killed, also if one had ended", async () => {
  using temp = new TempFolder();
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { ServerProcess } from ${url("./process.ts")};
    import { Home } from ${url("./service.ts")};
    const home = new Home("minio", undefined);
    const make = (name) => new ServerProcess({
      name, program: "sh", args: ["-c", "echo ready; exec sleep 60"],
      log: home.logFolder + "/" + name, ready: (printed) => printed.includes("ready"),
    });
    const [first, second] = [make("first"), make("second")];
    await first.start();
    await second.start();
    await second.kill();
    console.log(JSON.stringify([first.pid, home.folder]));
    await new Promise(() => setInterval(() => {}, 1000));
  `;
  const file = join(temp.path, "starter.ts");
  Deno.writeTextFileSync(file, program);
  const config = join(import.meta.dirname ?? "", "..", "..", "deno.json");
  const starter = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-check", "--config", config, file],
    stdout: "piped",
  }).spawn();
  const reader = starter.stdout.getReader();
  const [pid, folder] = JSON.parse(new TextDecoder().decode((await reader.read()).value));
  const server = await identify(pid);
  assert(server && exists(folder));
  starter.kill("SIGKILL");
  await starter.status;
  await reader.cancel();
  const gone = async () => !await lives(server) && !exists(folder);
  for (let tries = 0; tries < 200 && !await gone(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert(await gone());
});

function exists(path: string): boolean {
  return [...Deno.readDirSync(join(path, ".."))].some(({ name }) => path.endsWith(`/${name}`));
}
