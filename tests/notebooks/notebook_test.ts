import { assertEquals } from "@std/assert";
import { basename, join } from "node:path";
import { execute, notebookPaths, problemsOf, readNotebook, ROOT, toModule } from "./notebook.ts";
import { seedHome } from "./seed.ts";

for (const path of await notebookPaths()) {
  Deno.test(`${basename(path)} runs, and every cell puts out what it should`, async () => {
    const home = await seedHome();
    const notebook = await readNotebook(path);
    await execute(notebook, { TICKHOUSE_HOME: home });
    await Deno.remove(home, { recursive: true });
    assertEquals(problemsOf(path, notebook), []);
  });

  Deno.test(`${basename(path)} is committed with its outputs, without an error among them`, async () => {
    assertEquals(problemsOf(path, await readNotebook(path)), []);
  });

  Deno.test(`${basename(path)} type-checks`, async () => {
    const folder = await Deno.makeTempDir();
    const module = join(folder, "cells.ts");
    await Deno.writeTextFile(module, toModule(await readNotebook(path)));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", join(ROOT, "deno.json"), module],
      env: { NO_COLOR: "1" },
    }).output();
    await Deno.remove(folder, { recursive: true });
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  });
}
