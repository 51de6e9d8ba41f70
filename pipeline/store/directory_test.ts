import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { storeConformance } from "./conformance.ts";
import { DirectoryStore } from "./directory.ts";

storeConformance("DirectoryStore", () => {
  const folder = new TempFolder();
  return Promise.resolve({
    store: new DirectoryStore(join(folder.path, "lake")),
    [Symbol.asyncDispose]: () => Promise.resolve(folder[Symbol.dispose]()),
  });
});

Deno.test("DirectoryStore: nothing of a refused or finished write is left in staging", async () => {
  using folder = new TempFolder();
  const input = join(folder.path, "input");
  Deno.writeTextFileSync(input, "x");
  const store = new DirectoryStore(join(folder.path, "lake"));
  await store.createFromFile("a/k", input, {});
  await store.createFromFile("a/k", input, {});
  assertEquals([...Deno.readDirSync(join(folder.path, "lake", ".staging"))], []);
});

Deno.test("DirectoryStore: what killed processes left in staging goes when it is a day old", async () => {
  using folder = new TempFolder();
  const input = join(folder.path, "input");
  Deno.writeTextFileSync(input, "x");
  const staging = join(folder.path, "lake", ".staging");
  Deno.mkdirSync(staging, { recursive: true });
  const hour = 3_600_000;
  for (const [name, hours] of [["old", 25], ["young", 1]] as const) {
    Deno.writeTextFileSync(join(staging, name), "half");
    const then = new Date(Date.now() - hours * hour);
    Deno.utimeSync(join(staging, name), then, then);
  }
  const store = new DirectoryStore(join(folder.path, "lake"));
  await Promise.all(["a", "b"].map((key) => store.createFromFile(key, input, {})));
  assertEquals([...Deno.readDirSync(staging)].map(({ name }) => name), ["young"]);
});

Deno.test("DirectoryStore: the names of new folders are synced, up to that of the store", async () => {
  using folder = new TempFolder();
  const input = join(folder.path, "input");
  Deno.writeTextFileSync(input, "x");
  const root = join(folder.path, "lake");
  const synced = new Set<string>();
  const { open } = Deno;
  Deno.open = async (path, options) => {
    const file = await open(path, options);
    const sync = file.sync.bind(file);
    file.sync = () => {
      synced.add(String(path));
      return sync();
    };
    return file;
  };
  try {
    // Another process has made the folder, and may have died before it synced anything.
    Deno.mkdirSync(join(root, "ticks", "date=2026-01-01"), { recursive: true });
    const key = "ticks/date=2026-01-01/partition=0/k";
    await new DirectoryStore(root).createFromFile(key, input, {});
  } finally {
    Deno.open = open;
  }
  for (const name of ["", "ticks", "ticks/date=2026-01-01", "ticks/date=2026-01-01/partition=0"]) {
    assertEquals([name, synced.has(join(root, name))], [name, true]);
    assertEquals([name, synced.has(join(root, ".meta", name))], [name, true]);
  }
  assertEquals(synced.has(folder.path), true);
});

Deno.test("DirectoryStore: metadata of a writer killed before its object appeared does no harm", async () => {
  using folder = new TempFolder();
  const input = join(folder.path, "input");
  Deno.writeTextFileSync(input, "the winner");
  const store = new DirectoryStore(join(folder.path, "lake"));
  await Deno.mkdir(join(folder.path, "lake", ".meta", "k"), { recursive: true });
  const bytes = Deno.readFileSync(input);
  const same = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  for (const content of ["0".repeat(64), same]) {
    const orphan = join(folder.path, "lake", ".meta", "k", `${content}.1.json`);
    Deno.writeTextFileSync(orphan, `{"end":"999"}`);
  }
  await store.createFromFile("k", input, { end: "5" });
  assertEquals((await store.head("k"))?.metadata, { end: "5" });
});

Deno.test("DirectoryStore: an object without metadata is called damaged", async () => {
  using folder = new TempFolder();
  Deno.mkdirSync(join(folder.path, "lake"));
  Deno.writeTextFileSync(join(folder.path, "lake", "k"), "x");
  const store = new DirectoryStore(join(folder.path, "lake"));
  const error = await assertRejects(() => store.head("k"), TickhouseError);
  assertEquals(error.code, "OBJECT_DAMAGED");
});

Deno.test("DirectoryStore: a copy of the directory is the same lake", async () => {
  using folder = new TempFolder();
  const input = join(folder.path, "input");
  Deno.writeTextFileSync(input, "x");
  await new DirectoryStore(join(folder.path, "lake")).createFromFile("a/k", input, { end: "1" });
  copyFolder(join(folder.path, "lake"), join(folder.path, "copy"));
  const info = await new DirectoryStore(join(folder.path, "copy")).head("a/k");
  assertEquals(info?.metadata, { end: "1" });
});

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const entry of Deno.readDirSync(from)) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory) copyFolder(source, target);
    else Deno.copyFileSync(source, target);
  }
}
