import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { TickhouseError } from "../errors.ts";
import { labCommand } from "./lab.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");

/** A machine with these programs, and whether a Python. */
function machine(programs: readonly string[], python = true) {
  const made: string[] = [];
  return {
    made,
    runs: (program: string) => Promise.resolve(programs.includes(program)),
    python: (name: string, packages: readonly string[]) => {
      if (!python) return Promise.reject(new TickhouseError("PYTHON_MISSING", "there is none"));
      made.push(name, ...packages);
      return Promise.resolve("/cache/python");
    },
  };
}

describe("labCommand()", () => {
  it("runs by uv where it is, at the first notebook, with the kernel of the repository", async () => {
    const here = machine(["uvx", "jupyter-lab"]);
    const { program, args, env } = await labCommand(ROOT, ["--no-browser"], here);
    assertEquals([program, here.made], ["uvx", []]);
    assertEquals(args.includes("--no-browser"), true);
    assertEquals((await Deno.stat(args.at(-1) ?? "")).isFile, true);
    const kernel = JSON.parse(
      await Deno.readTextFile(join(env.JUPYTER_PATH, "kernels/deno/kernel.json")),
    );
    assertEquals(kernel.argv, ["deno", "jupyter", "--kernel", "--conn", "{connection_file}"]);
  });

  it("runs by an installed JupyterLab without uv", async () => {
    const here = machine(["jupyter-lab"]);
    assertEquals((await labCommand(ROOT, [], here)).program, "jupyter-lab");
    assertEquals(here.made, []);
  });

  it("makes an environment of its own with Python and nothing else", async () => {
    const here = machine([]);
    const { program, args } = await labCommand(ROOT, ["--no-browser"], here);
    assertEquals(program, "/cache/python");
    assertEquals(args.slice(0, 2), ["-m", "jupyterlab"]);
    assertEquals(args.includes("--no-browser"), true);
    assertMatch(here.made.join(" "), /^jupyterlab-([\d.]+) jupyterlab==\1 plotly==[\d.]+$/);
  });

  it("says what to install when there is not even Python", async () => {
    const error = await assertRejects(
      () => labCommand(ROOT, [], machine([], false)),
      TickhouseError,
    );
    assertEquals(error.code, "JUPYTER_MISSING");
    assertStringIncludes(error.message, "Install Python 3.10 or newer");
  });

  it("passes on what else keeps Python from making one", async () => {
    const venv = new TickhouseError("PYTHON_VENV_MISSING", "python3 can't", { fix: "do" });
    const here = { ...machine([]), python: () => Promise.reject(venv) };
    assertEquals(await assertRejects(() => labCommand(ROOT, [], here)), venv);
  });
});
