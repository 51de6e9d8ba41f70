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
