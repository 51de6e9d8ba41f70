/** Without the stand-ins of `std/`: on the import map alone, with JSR on loopback. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { TempFolder } from "tickhouse/testing.ts";
import { JsrRegistry } from "./jsr_registry.ts";
import { copyProject, linkPackages, ROOT } from "./project.ts";

const STD = ["assert", "async", "csv", "testing"].map((name) => join(ROOT, "std", name));
const { imports } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
const decoder = new TextDecoder();

Deno.test("the command of std/README.md drops the stand-ins: types, tests and a verb need none", async () => {
  using folder = new TempFolder();
  const project = join(folder.path, "project");
  await copyProject(project);
  Deno.symlinkSync(join(ROOT, "node_modules"), join(project, "node_modules"));
  await using registry = new JsrRegistry(STD, imports);
  const run = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd: project,
      env: {
        DENO_DIR: join(folder.path, "cache"),
        JSR_URL: registry.url,
        NO_COLOR: "1",
        TICKHOUSE_HOME: join(folder.path, "home"),
        TICKHOUSE_PORT: "0",
      },
    }).output();
    const [out, err] = [decoder.decode(stdout), decoder.decode(stderr)];
    assertEquals(code, 0, `${args.join(" ")}\n${out}${err}`);
    return { out, err };
  };
  const readme = Deno.readTextFileSync(join(project, "std", "README.md"));
  const command = /^deno (unlink .+)$/m.exec(readme)?.[1]?.split(" ") ?? [];
  assert(command.length > 1);
  // The packages are shared with the tests that run beside this one.
  await run([...command, "--lockfile-only"]);
  const json = (path: string) => JSON.parse(Deno.readTextFileSync(join(project, path)));
  assertEquals(json("deno.json").links, undefined);
  assertEquals(json("deno.lock").workspace.links, undefined);
  assertEquals(Object.keys(json("deno.lock").jsr).length, STD.length);
  Deno.removeSync(join(project, "std"), { recursive: true });

  await run(["check", "pipeline/cli/main.ts", "pipeline/mod.ts", "tests/cli/", "tests/audit/"]);
  const tests = ["pipeline/source/csv/bad_input_test.ts", "pipeline/clock_test.ts"];
  assertMatch((await run(["test", "-P", ...tests])).out, /^ok \| [1-9]\d* passed/m);
  // Verbs may open libraries of their own packages only.
  Deno.removeSync(join(project, "node_modules"));
  linkPackages(project, ["base", "page"]);
  const demo = await run(["task", "-q", "demo", "--seconds", "1"]);
  assertMatch(demo.out, /^proven .* each exactly once in both$/m);
  for (const name of ["assert", "async", "csv"]) {
    assert(registry.asked.some((path) => path.startsWith(`/@std/${name}/1.`)), name);
  }

  // What is in the cache needs no registry.
  registry.asked.length = 0;
  await run(["task", "-q", "status"]);
  assertEquals(registry.asked, []);
});

Deno.test("a verb fetches the modules of JSR that are missing before it starts, and says so", async () => {
  using folder = new TempFolder();
  const project = join(folder.path, "project");
  await copyProject(project);
  linkPackages(project, ["base"]);
  const { links: _, ...rest } = JSON.parse(Deno.readTextFileSync(join(project, "deno.json")));
  Deno.writeTextFileSync(join(project, "deno.json"), JSON.stringify(rest));
  const status = async (url: string) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "-q", "status"],
      cwd: project,
      env: {
        DENO_DIR: join(folder.path, "cache"),
        JSR_URL: url,
        NO_COLOR: "1",
        TICKHOUSE_HOME: join(folder.path, "home"),
      },
    }).output();
    return { code, err: decoder.decode(stderr) };
  };
  const without = await status("http://127.0.0.1:1/");
  assertEquals(without.code, 2);
  assertMatch(without.err, /^installing jsr:@std\/async.*\nerror PACKAGES_MISSING: .*\n$/);
});
