/**
 * `deno task lab`: JupyterLab with the Deno kernel, ready to use, through uv. Further arguments go
 * to JupyterLab, such as `--no-browser` or `--port 9000`.
 * @module
 */
import { delimiter, dirname, join } from "node:path";
import { TickhouseError } from "../errors.ts";
import { runs } from "../program.ts";

/** Pinned: the kernel's and the chart's behaviour were checked with it. */
const JUPYTERLAB = "jupyterlab==4.6.6";
const FIRST = "01_first_look.ipynb";

/** A command to run, with what it adds to the environment. */
export interface LabCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: { readonly JUPYTER_PATH: string };
}

/**
 * How to start JupyterLab: by uv, or by a JupyterLab that is installed. `root` is the project's
 * folder, `runs` tells whether a program is there. Throws `JUPYTER_MISSING`.
 */
export async function labCommand(
  root: string,
  args: readonly string[],
  runs: (program: string) => Promise<boolean>,
): Promise<LabCommand> {
  // The kernel finds deno.json, and with it the import map, above the notebook's folder.
  const lab = [
    `--ServerApp.root_dir=${root}`,
    "--MultiKernelManager.default_kernel_name=deno",
    ...args,
    join(root, "notebooks", FIRST),
  ];
  const env = { JUPYTER_PATH: join(root, "jupyter") };
  if (await runs("uvx")) {
    return {
      program: "uvx",
      args: ["--from", JUPYTERLAB, "--with", "plotly", "jupyter-lab", ...lab],
      env,
    };
  }
  if (await runs("jupyter-lab")) return { program: "jupyter-lab", args: lab, env };
  throw new TickhouseError("JUPYTER_MISSING", "neither uv nor JupyterLab is installed", {
    mend: "install uv (https://docs.astral.sh/uv, or `pip install uv`) and run this again",
  });
}

if (import.meta.main) {
  try {
    const root = join(import.meta.dirname ?? ".", "../..");
    const { program, args, env } = await labCommand(root, Deno.args, runs);
    const joined = (first: string, variable: string) =>
      [first, Deno.env.get(variable)].filter(Boolean).join(delimiter);
    const child = new Deno.Command(program, {
      args: [...args],
      env: {
        JUPYTER_PATH: joined(env.JUPYTER_PATH, "JUPYTER_PATH"),
        // The kernel is to be this very Deno, also where npx brought it.
        PATH: joined(dirname(Deno.execPath()), "PATH"),
      },
    }).spawn();
    // Ctrl-C reaches JupyterLab too: it asks, and this waits for its answer.
    Deno.addSignalListener("SIGINT", () => {});
    if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => child.kill("SIGTERM"));
    Deno.exit((await child.status).code);
  } catch (error) {
    if (!(error instanceof TickhouseError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
