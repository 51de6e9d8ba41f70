/** What is installed for a verb, and what is not: from a registry on loopback. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname, join } from "node:path";
import type { Lock } from "tickhouse/install/lockfile.ts";
import { narrowed, PARTS } from "tickhouse/install/packages.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { type FakePackage, integrityOf, NpmRegistry } from "./registry.ts";

const ROOT = join(import.meta.dirname ?? "", "..", "..");
const LOCK: Lock = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.lock")));
const MODULES = ["errors", "shown", "install/install", "install/lockfile", "install/packages"];

/** One package for each name of the parts, some with what they need. */
const PACKAGES: readonly FakePackage[] = [
  ...[...new Set(Object.values(PARTS).flatMap(({ packages }): readonly string[] => packages))]
    .filter((name) => !name.startsWith("@std/"))
    .map((name) => ({ name, version: "1.0.0", ...needs(name) })),
  ...["driver-core", "maps", "binding-gnu", "binding-musl"]
    .map((name) => ({ name, version: "1.0.0" })),
];

function needs(name: string): Partial<FakePackage> {
  if (name === "snowflake-sdk") return { dependencies: { "driver-core": "1.0.0" } };
  if (name === "plotly.js") return { dependencies: { maps: "1.0.0" } };
  if (name !== "@duckdb/node-api") return {};
  return { optionalDependencies: { "binding-gnu": "1.0.0", "binding-musl": "1.0.0" } };
}

/** A project of its own, whose packages come from the registry. */
class Project implements Disposable {
  readonly folder = new TempFolder();

  static async make(): Promise<Project> {
    const project = new Project();
    for (const name of MODULES) {
      const path = join(project.folder.path, "pipeline", `${name}.ts`);
      Deno.mkdirSync(dirname(path), { recursive: true });
      Deno.copyFileSync(join(ROOT, "pipeline", `${name}.ts`), path);
    }
    const { permissions } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
    const own = PACKAGES.filter(({ name }) => !/^(driver|maps|binding)/.test(name));
    const imports = Object.fromEntries(own.map(({ name }) => [name, `npm:${name}@1.0.0`]));
    project.write("deno.json", { nodeModulesDir: "manual", imports, permissions });
    const npm = await Promise.all(PACKAGES.map(async (one) => [`${one.name}@1.0.0`, {
      integrity: await integrityOf(one),
      ...one.dependencies ? { dependencies: Object.keys(one.dependencies) } : {},
      ...one.optionalDependencies
        ? { optionalDependencies: Object.keys(one.optionalDependencies) }
        : {},
    }]));
    const targets = Object.values(imports).sort();
    project.write("deno.lock", {
      version: "5",
      specifiers: Object.fromEntries(targets.map((target) => [target, "1.0.0"])),
      npm: Object.fromEntries(npm.sort()),
      workspace: { dependencies: targets },
    });
    return project;
  }

  path(name: string): string {
    return join(this.folder.path, name);
  }

  write(name: string, value: unknown): void {
    Deno.writeTextFileSync(this.path(name), JSON.stringify(value));
  }

  /** The names of the packages in node_modules, those below others too. */
  installed(): string[] {
    return [...Deno.readDirSync(this.path("node_modules/.deno"))].map(({ name }) => name)
      .filter((name) => name.endsWith("@1.0.0"))
      .map((name) => name.replace("+", "/").replace("@1.0.0", "")).sort();
  }

  async install(registry: string, ...parts: string[]) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-P=install", "pipeline/install/install.ts", ...parts],
      cwd: this.folder.path,
      env: {
        DENO_DIR: this.path("cache"),
        NPM_CONFIG_REGISTRY: registry,
        NO_COLOR: "1",
        DENO_NO_UPDATE_CHECK: "1",
      },
    }).output();
    const decoder = new TextDecoder();
    return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

Deno.test("install: a part brings what it needs and no more, says so, and removes nothing", async () => {
  using project = await Project.make();
  await using registry = new NpmRegistry(PACKAGES);
  const first = await project.install(registry.url, "snowflake");
  assertEquals([first.code, first.out], [0, ""], first.err);
  assertEquals(
    first.err,
    "installing Snowflake's driver (116 MB), on their first use: 2 packages\n",
  );
  assertEquals(project.installed(), ["driver-core", "snowflake-sdk"]);
  assertEquals((await project.install(registry.url, "s3")).code, 0);
  assertEquals(project.installed(), ["driver-core", "minio", "snowflake-sdk"]);
  assertEquals(registry.asked.toSorted(), ["driver-core", "minio", "snowflake-sdk"]);
});

Deno.test("install: with all there it says nothing and asks for nothing, so needs no network", async () => {
  using project = await Project.make();
  {
    await using registry = new NpmRegistry(PACKAGES);
    assertEquals((await project.install(registry.url, "base", "page")).code, 0);
  }
  assertEquals(await project.install("http://127.0.0.1:1/", "base", "page"), {
    code: 0,
    out: "",
    err: "",
  });
});

Deno.test("install: no second C library, and nothing below a package of which only bundles are used", async () => {
  using project = await Project.make();
  await using registry = new NpmRegistry(PACKAGES);
  assertEquals((await project.install(registry.url, "base", "page")).code, 0);
  const bindings = project.installed().filter((name) => name.startsWith("binding"));
  assertEquals(bindings, [Deno.build.target.includes("musl") ? "binding-musl" : "binding-gnu"]);
  assert(project.installed().includes("plotly.js"));
  assert(!project.installed().includes("maps"));
  assertEquals((await project.install(registry.url, "all")).code, 0);
  assert(project.installed().includes("maps"));
});

Deno.test("install: without a network it is one line with what to do, and nothing passes for whole", async () => {
  using project = await Project.make();
  for (let i = 0; i < 2; i++) {
    const { code, out, err } = await project.install("http://127.0.0.1:1/", "kafka");
    assertEquals([code, out], [2, ""]);
    assertMatch(
      err,
      /^installing Kafka's clients .*\nerror PACKAGES_MISSING: packages could not be installed: .*NPM_CONFIG_REGISTRY.*\n$/,
    );
  }
  await using registry = new NpmRegistry(PACKAGES);
  assertEquals((await project.install(registry.url, "kafka")).code, 0);
});

Deno.test("install: what is not whole is installed again", async () => {
  using project = await Project.make();
  await using registry = new NpmRegistry(PACKAGES);
  assertEquals((await project.install(registry.url, "snowflake")).code, 0);
  // As an installation leaves it that was cut short.
  Deno.removeSync(project.path("node_modules/.deno/driver-core@1.0.0"), { recursive: true });
  const { code, err } = await project.install(registry.url, "snowflake");
  assertEquals(code, 0, err);
  assertMatch(err, /^installing Snowflake's driver .*: 1 package\n$/);
  assertEquals(project.installed(), ["driver-core", "snowflake-sdk"]);
});

Deno.test("install: a package with other bytes than the lock file's is refused", async () => {
  using project = await Project.make();
  const others = PACKAGES.map((one) =>
    one.name === "minio" ? { ...one, dependencies: { maps: "1.0.0" } } : one
  );
  await using registry = new NpmRegistry(others);
  const { code, err } = await project.install(registry.url, "s3");
  assertEquals(code, 2);
  assertMatch(err, /PACKAGES_MISSING.*(integrity|checksum)/i);
});

Deno.test("install: a part that there is not is refused with the parts that there are", async () => {
  using project = await Project.make();
  const { code, err } = await project.install("http://127.0.0.1:1/", "oracle");
  assertEquals(code, 2);
  assertMatch(err, /^error PART_UNKNOWN: part is "oracle": .* base, page, kafka/);
});

Deno.test("narrowed() takes only what is for the other C library, and what bundles hold", () => {
  const musl = Object.keys(LOCK.npm).filter((key) => /-musl@/.test(key));
  assert(musl.length >= 4);
  for (
    const [isMusl, other] of [[false, /-musl(@|$)/], [
      true,
      /-gnu(@|$)|node-bindings-linux-(x64|arm64)$/,
    ]] as const
  ) {
    const lock = narrowed(LOCK, isMusl, []);
    assertEquals(Object.keys(lock.npm), Object.keys(LOCK.npm));
    for (const [key, entry] of Object.entries(LOCK.npm)) {
      const kept = entry.optionalDependencies?.filter((one) => !other.test(one));
      assertEquals(lock.npm[key], kept ? { ...entry, optionalDependencies: kept } : entry);
    }
  }
  const { "plotly.js@4.1.1": plotly, ...rest } = narrowed(LOCK, false, ["plotly.js"]).npm;
  assertEquals(Object.keys(plotly ?? {}), ["integrity"]);
  assertEquals(
    rest["snowflake-sdk@3.3.0_asn1.js@5.4.1"],
    LOCK.npm["snowflake-sdk@3.3.0_asn1.js@5.4.1"],
  );
});
