import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { ReadingPool } from "./reading_pool.ts";

const NEVER = new AbortController().signal;

/** Processes whose arguments name the folder, other than the one of `ps` itself. */
async function processesOf(folder: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "pid,ni,args"] }).output();
  return new TextDecoder().decode(stdout).split("\n")
    .filter((line) => line.includes(`--allow-read=${folder}`));
}

async function untilNone(folder: string): Promise<void> {
  while ((await processesOf(folder)).length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("ReadingPool", () => {
  it("lends one process again and again, at the lowest priority, until it is disposed", async () => {
    using folder = new TempFolder();
    const pool = new ReadingPool({ folder: folder.path });
    for (let i = 0; i < 3; i++) {
      await pool.use(NEVER, (process) => process.ask({ ask: "parse", sql: "SELECT 1" }));
    }
    const [only, ...others] = await processesOf(folder.path);
    assertEquals(others, []);
    assert(Deno.build.os !== "linux" || /^\s*\d+\s+19\s/.test(only ?? ""), only);
    await pool[Symbol.asyncDispose]();
    await untilNone(folder.path);
  });

  it("ends a process that nobody has asked for long", async () => {
    using folder = new TempFolder();
    await using pool = new ReadingPool({ folder: folder.path, idleMs: 1 });
    await pool.use(NEVER, (process) => process.ask({ ask: "parse", sql: "SELECT 1" }));
    // The timer keeps nobody from ending, so something else must.
    const alive = setInterval(() => {}, 1_000);
    await untilNone(folder.path);
    clearInterval(alive);
  });

  it("gives what the process threw, and goes on with it", async () => {
    using folder = new TempFolder();
    await using pool = new ReadingPool({ folder: folder.path });
    const ask = (sql: string) => pool.use(NEVER, (process) => process.ask({ ask: "parse", sql }));
    const error = await assertRejects(() => ask("DROP TABLE t"), TickhouseError);
    assertEquals(error.code, "QUERY_NOT_READ_ONLY");
    await ask("SELECT 1");
    assertEquals((await processesOf(folder.path)).length, 1);
  });

  it("leaves no process behind when the one that asks is killed", async () => {
    using folder = new TempFolder();
    const script = new URL("reading_pool_fixture.ts", import.meta.url).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", script, folder.path],
      stdout: "piped",
    }).spawn();
    const lines = child.stdout.getReader();
    await lines.read(); // "asked"
    while (!(await Deno.stat(`${folder.path}/result.json`).catch(() => undefined))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assertEquals((await processesOf(folder.path)).length, 1);
    child.kill("SIGKILL");
    await child.status;
    await lines.cancel();
    await untilNone(folder.path);
  });
});
