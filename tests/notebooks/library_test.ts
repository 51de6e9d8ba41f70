/** The library outside of a notebook: as a script, and typed into Deno's own prompt. @module */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { TempFolder } from "tickhouse/testing.ts";
import { ROOT } from "./notebook.ts";

/** What a notebook's cells do, one after the other. */
const CELLS = `
import { open, show, simulator } from "tickhouse";
const house = await open({ onNote: () => {} });
await show(await house.ingest({ file: ${
  JSON.stringify(join(ROOT, "data/index_daily_sample.csv"))
} }));
const run = house.stream({ source: simulator({ rate: Infinity, limit: 300 }) });
await run.started;
await show(await run.report);
const built = await house.transform({ select: ["gold_kpi"] });
const proof = await house.reconcile();
console.log(JSON.stringify([built.failed.length, proof.proven, proof.compared]));
await house[Symbol.asyncDispose]();
`;

async function typed(args: readonly string[], stdin: string) {
  using folder = new TempFolder();
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { TICKHOUSE_HOME: join(folder.path, "home"), NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

function assertDone({ code, out, err }: Awaited<ReturnType<typeof typed>>): void {
  assertEquals(code, 0, `${out}${err}`);
  assertMatch(out, /proven {5}500 records of this run, each exactly once in both/);
  assertMatch(out, /proven {5}300 records of this run, each exactly once in both/);
  assertMatch(out, /\[0,true,800\]/);
}

Deno.test("what a notebook does, a script does", async () => {
  assertDone(await typed(["run", "--allow-all", "-"], CELLS));
});

Deno.test("what a notebook does, Deno's prompt does", async () => {
  // One statement a line, as it is typed.
  const lines = CELLS.trim().split("\n").map((line) => `${line}\n`).join("");
  assertDone(await typed(["repl", "--allow-all", "--quiet"], lines));
});
