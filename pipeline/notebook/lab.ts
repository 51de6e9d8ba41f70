/**
 * `deno task lab`: JupyterLab with the Deno kernel, ready to use, through uv, as it is installed,
 * or in an environment of its own, which any Python makes. Further arguments go to JupyterLab, such
 * as `--no-browser` or `--port 9000`.
 * @module
 */
import { delimiter, dirname, join } from "node:path";
import { hasCode, TickhouseError } from "../errors.ts";
import { ensurePackages } from "../install/packages.ts";
import { runs } from "../program.ts";
import { programIn, pythonEnvironment } from "../install/python.ts";

/** Pinned: the kernel's and the chart's behaviour were checked with them. */
const VERSION = "4.6.6";
const JUPYTERLAB = `jupyterlab==${VERSION}`;
const PLOTLY = "plotly==7.1.0";
const FIRST = "01_first_look.ipynb";

/** A command to run, with what it adds to the environment. */
export interface LabCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: { readonly JUPYTER_PATH: string };
}

/** What is found on the machine, or made there. */
export interface Machine {
  /** Whether a program is there. */
  readonly runs: (program: string) => Promise<boolean>;
  /** The Python of an environment with these packages, made if it is missing. */
  readonly python: (name: string, packages: readonly string[]) => Promise<string>;
}

/**
 * How to start JupyterLab: by uv, by a JupyterLab that is installed, or by one in an environment of
 * its own. `root` is the project's folder. Throws `JUPYTER_MISSING` where there is no Python
 * either, and what `pythonEnvironment()` throws.
 */
export async function labCommand(
  root: string,
  args: readonly string[],
  { runs, python }: Machine,
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
      args: ["--from", JUPYTERLAB, "--with", PLOTLY, "jupyter-lab", ...lab],
      env,
    };
  }
  if (await runs("jupyter-lab")) return { program: "jupyter-lab", args: lab, env };
  try {
    const program = await python(`jupyterlab-${VERSION}`, [JUPYTERLAB, PLOTLY]);
    return { program, args: ["-m", "jupyterlab", ...lab], env };
  } catch (cause) {
    if (!hasCode(cause, "PYTHON_MISSING")) throw cause;
    throw new TickhouseError("JUPYTER_MISSING", "there is no Python, uv or JupyterLab", {
      fix: "install Python 3.10 or newer, or uv (https://docs.astral.sh/uv), and run this again",
      cause,
    });
  }
}

const onThisMachine: Machine = {
  runs,
  python: async (name, packages) =>
    programIn(await pythonEnvironment({ name, packages }), "python"),
};

if (import.meta.main) {
  try {
    const root = join(import.meta.dirname ?? ".", "../..");
    // For the kernel, which installs nothing.
    await ensurePackages(["base", "notebook"], { root });
    const { program, args, env } = await labCommand(root, Deno.args, onThisMachine);
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
    console.error(`error ${error.code}: ${error.message}`);
    Deno.exit(2);
  }
}
