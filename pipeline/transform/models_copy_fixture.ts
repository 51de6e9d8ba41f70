import { assertEquals } from "@std/assert";
import { TempFolder } from "../testing.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** A copy of the models, whose seeds may be changed; deleted when disposed of. */
export class ModelsCopy implements Disposable {
  readonly #folder = new TempFolder();
  /** The folder of the dbt project. */
  readonly path = `${this.#folder.path}/models`;

  constructor() {
    // The project has a macro in sql/duckdb.
    for (const part of ["models", "sql/duckdb"]) {
      copyFolder(`${ROOT}/${part}`, `${this.#folder.path}/${part}`);
    }
  }

  /** Lines of CSV behind those of the seed. */
  append(seed: string, ...lines: readonly string[]): void {
    const text = lines.map((line) => `${line}\n`).join("");
    Deno.writeTextFileSync(this.#seed(seed), text, { append: true });
  }

  /** The only line that ends in `line` ends in `by` instead. */
  replace(seed: string, line: string, by: string): void {
    const text = Deno.readTextFileSync(this.#seed(seed));
    assertEquals(text.split(`${line}\n`).length, 2, line);
    Deno.writeTextFileSync(this.#seed(seed), text.replace(`${line}\n`, `${by}\n`));
  }

  #seed(name: string): string {
    return `${this.path}/seeds/${name}.csv`;
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}
