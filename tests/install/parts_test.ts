/** What a part holds is enough for those that need it: in copies that have these packages only. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { type PartName, PARTS } from "tickhouse/install/packages.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { copyProject, linkPackages, ROOT } from "./project.ts";

/** A copy of the project with the packages of these parts, no network, and a cache of its own. */
class Copy implements Disposable {
  readonly folder = new TempFolder();
  readonly path = join(this.folder.path, "project");

  static async of(...parts: PartName[]): Promise<Copy> {
    const copy = new Copy();
    await copyProject(copy.path);
    linkPackages(copy.path, parts);
    return copy;
  }

  async run(...args: string[]) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      cwd: this.path,
      env: {
        DENO_DIR: join(this.folder.path, "cache"),
        NPM_CONFIG_REGISTRY: "http://127.0.0.1:1/",
        JSR_URL: "http://127.0.0.1:1/",
        NO_COLOR: "1",
        TICKHOUSE_HOME: join(this.folder.path, "home"),
        TICKHOUSE_PORT: "0",
      },
    }).output();
    const decoder = new TextDecoder();
    const [out, err] = [decoder.decode(stdout), decoder.decode(stderr)];
    assertEquals(code, 0, `${args.join(" ")}\n${out}${err}`);
    return { out, err };
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

Deno.test("with the packages of base and page alone, the journey runs, and needs no network", async () => {
  using copy = await Copy.of("base", "page");
  const demo = await copy.run("task", "-q", "demo", "--seconds", "2");
  assertMatch(demo.out, /^proven .* each exactly once in both$/m);
  const bars = join(ROOT, "data", "stocks_daily.csv.gz");
  await copy.run("task", "-q", "ingest", "--file", bars);
  await copy.run("task", "-q", "query", "select count(*) from bronze.bars");
  await copy.run("task", "-q", "migrate", "--target", "duckdb");
  for (const verb of ["status", "reconcile", "doctor", "load", "transform"]) {
    assertEquals((await copy.run("task", "-q", verb)).err.match(/^installing.*$/m), null, verb);
  }
  await copy.run("task", "-q", "generate", "--check");
});

/** The modules that the packages of a part are for; the drivers among them load with the last. */
const MODULES: Record<Exclude<PartName, "base" | "page">, readonly string[]> = {
  kafka: ["tickhouse/broker/kafka/kafka.ts"],
  s3: ["tickhouse/store/s3/s3.ts"],
  azure: ["tickhouse/store/azure/azure.ts"],
  postgres: ["tickhouse/metadata/postgres.ts"],
  snowflake: ["tickhouse/snowflake/warehouse.ts", "snowflake-sdk"],
  notebook: ["tickhouse", "nodejs-polars"],
};

for (const [part, modules] of Object.entries(MODULES)) {
  Deno.test(`with the packages of base and ${part} alone, what they are for loads`, async () => {
    using copy = await Copy.of("base", part as PartName);
    const script = modules.map((name) => `await import(${JSON.stringify(name)});`).join("\n");
    await Deno.writeTextFile(join(copy.path, "load.ts"), `${script}\nDeno.exit(0);\n`);
    await copy.run("run", "-q", "--allow-all", "--cached-only", "load.ts");
  });
}

Deno.test("PARTS: what the modules of the pipeline import is in one of them", () => {
  const { imports } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  const listed = new Set<string>(Object.values(PARTS).flatMap(({ packages }) => packages));
  const unlisted = [...importsOf(join(ROOT, "pipeline"))].map((specifier) => {
    return Object.keys(imports).find((name) =>
      specifier === name || specifier.startsWith(`${name}/`)
    );
  }).filter((name) =>
    name !== undefined && !/^(tickhouse|services)/.test(name) && !listed.has(name)
  );
  assertEquals([...new Set(unlisted)], []);
});

/** What modules other than tests import, word for word. */
function* importsOf(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* importsOf(path);
    else if (name.endsWith(".ts") && !/(_test|conformance|testing|fixture)\.ts$/.test(name)) {
      // Examples in comments are run as tests.
      const text = Deno.readTextFileSync(path).replaceAll(/\/\*\*[^]*?\*\//g, "");
      for (
        const [, found = ""] of text.matchAll(/(?:from|import\(|resolve\()\s*"([^"./][^"]*)"/g)
      ) {
        yield found;
      }
    }
  }
}
