/** Notebook files: reading, checking and writing. @module */
import { basename, join } from "node:path";
import { Kernel, type Output } from "./kernel.ts";

/** A cell as the file has it. `metadata.expect` lists the kinds of output that a run must give. */
export interface Cell {
  readonly cell_type: "markdown" | "code";
  readonly id: string;
  readonly source: string | string[];
  readonly metadata: { readonly expect?: readonly string[] };
  outputs?: unknown[];
  execution_count?: number | null;
}

/** A notebook file, nbformat 4.5. */
export interface Notebook {
  readonly cells: Cell[];
  readonly metadata: Record<string, unknown>;
  readonly nbformat: number;
  readonly nbformat_minor: number;
}

/** The project's folder. */
export const ROOT = join(import.meta.dirname ?? ".", "../..");
/** Where the notebooks lie and run. */
export const NOTEBOOKS = join(ROOT, "notebooks");

/** Paths of all notebooks, ascending. */
export async function notebookPaths(): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(NOTEBOOKS)) {
    if (name.endsWith(".ipynb")) paths.push(join(NOTEBOOKS, name));
  }
  return paths.sort();
}

/** Parses a notebook file. */
export async function readNotebook(path: string): Promise<Notebook> {
  return JSON.parse(await Deno.readTextFile(path));
}

/** A cell's text. */
export function sourceOf(cell: Cell): string {
  return typeof cell.source === "string" ? cell.source : cell.source.join("");
}

/** The code of all cells as one module, for `deno check`: neither it nor the linter reads notebooks. */
export function toModule(notebook: Notebook): string {
  const cells = notebook.cells.filter((c) => c.cell_type === "code");
  return `${cells.map((c) => `// cell ${c.id}\n${sourceOf(c)}`).join("\n\n")}\n\nexport {};\n`;
}

/** Runs every code cell in a kernel of its own and gives them their outputs. */
export async function execute(notebook: Notebook, env: Record<string, string>): Promise<void> {
  await using kernel = await Kernel.start(NOTEBOOKS, env);
  for (const cell of notebook.cells) {
    if (cell.cell_type !== "code") continue;
    const { outputs, executionCount } = await kernel.run(sourceOf(cell));
    cell.outputs = outputs.map(toFileOutput);
    cell.execution_count = executionCount;
  }
}

/** What is wrong with the outputs, one line each: errors, and kinds other than `metadata.expect`. */
export function problemsOf(path: string, notebook: Notebook): string[] {
  const problems: string[] = [];
  for (const cell of notebook.cells) {
    if (cell.cell_type !== "code") continue;
    const where = `${basename(path)} cell ${cell.id}`;
    const outputs = (cell.outputs ?? []) as Output[];
    for (const { ename, evalue } of outputs.filter((o) => o.output_type === "error")) {
      problems.push(`${where}: ${ename}: ${evalue}`);
    }
    const expected = cell.metadata.expect;
    if (!expected) {
      problems.push(`${where}: metadata.expect does not say what it puts out`);
      continue;
    }
    const kinds = outputs.map(kindOf);
    if (JSON.stringify(kinds) !== JSON.stringify(expected)) {
      problems.push(`${where}: puts out [${kinds}], not [${expected}]`);
    }
  }
  return problems;
}

/** `stdout`, `stderr`, `error`, or the richest media type of what is shown. */
export function kindOf(output: Output): string {
  if (output.output_type === "stream") return output.name ?? "stdout";
  if (output.output_type === "error") return "error";
  const types = Object.keys(output.data ?? {});
  const rich = ["application/vnd.plotly.v1+json", "text/html", "image/svg+xml"];
  return rich.find((type) => types.includes(type)) ?? types[0] ?? "nothing";
}

function toFileOutput(output: Output): Output {
  // What polars shows besides HTML repeats all rows for viewers that no notebook here has.
  const data = Object.fromEntries(
    Object.entries(output.data ?? {}).filter(([type]) =>
      type !== "application/vnd.dataresource+json"
    ),
  );
  return output.data ? { ...output, data } : output;
}
