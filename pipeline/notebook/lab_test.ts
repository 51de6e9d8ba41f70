import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { TickhouseError } from "../errors.ts";
import { labCommand } from "./lab.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");
const only = (...programs: string[]) => (program: string) =>
  Promise.resolve(programs.includes(program));

describe("labCommand()", () => {
  it("runs by uv where it is, at the first notebook, with the kernel of the repository", async () => {
    const { program, args, env } = await labCommand(
      ROOT,
      ["--no-browser"],
      only("uvx", "jupyter-lab"),
    );
    assertEquals(program, "uvx");
    assertEquals(args.includes("--no-browser"), true);
    assertEquals((await Deno.stat(args.at(-1) ?? "")).isFile, true);
    const kernel = JSON.parse(
      await Deno.readTextFile(join(env.JUPYTER_PATH, "kernels/deno/kernel.json")),
    );
    assertEquals(kernel.argv, ["deno", "jupyter", "--kernel", "--conn", "{connection_file}"]);
  });

  it("runs by an installed JupyterLab without uv", async () => {
    assertEquals((await labCommand(ROOT, [], only("jupyter-lab"))).program, "jupyter-lab");
  });

  it("says what to install when there is neither", async () => {
    const error = await assertRejects(() => labCommand(ROOT, [], only()), TickhouseError);
    assertEquals(error.code, "JUPYTER_MISSING");
    assertStringIncludes(error.message, "pip install uv");
  });
});
