import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { discard, Spool } from "./spool.ts";

const names = (path: string) => [...Deno.readDirSync(path)].map((entry) => entry.name).sort();

Deno.test("Spool: files have names of their own, and go with it", () => {
  using folder = new TempFolder();
  {
    using spool = new Spool(folder.path);
    const one = spool.write([Uint8Array.of(1)], "ndjson");
    const two = spool.write([Uint8Array.of(2)], "ndjson");
    assert(one !== two && one.endsWith(".ndjson"));
    assertEquals([...Deno.readFileSync(two)], [2]);
    discard(one);
    discard(one);
    assertEquals(names(spool.folder).length, 2);
  }
  assertEquals(names(folder.path), []);
});

Deno.test("Spool: without a parent it is in the system's temporary folder", () => {
  const path = Deno.makeTempDirSync();
  Deno.removeSync(path);
  using spool = new Spool();
  assertEquals(join(spool.folder, ".."), join(path, ".."));
});

Deno.test("Spool: a folder that is none is refused by name", () => {
  using folder = new TempFolder();
  const file = join(folder.path, "file");
  Deno.writeTextFileSync(file, "");
  for (const path of [file, join(folder.path, "missing"), join(file, "below")]) {
    const error = assertThrows(() => new Spool(path), TickhouseError, path);
    assertEquals([error.code, error.field], ["TEMP_FOLDER", "TMPDIR"]);
  }
  assertEquals(names(folder.path), ["file"]);
});

Deno.test("Spool: what a killed process left is removed, what is alive is not", async () => {
  using folder = new TempFolder();
  const script = `
    import { Spool } from ${JSON.stringify(import.meta.resolve("./spool.ts"))};
    const spool = new Spool(${JSON.stringify(folder.path)});
    spool.write([new Uint8Array(10)], "ndjson");
    console.log(spool.folder);
    await Deno.stdin.read(new Uint8Array(1));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const left = new TextDecoder().decode((await reader.read()).value).trim();
  {
    using _ = new Spool(folder.path);
    assertEquals(names(left).length, 2, "a living spool was swept");
  }
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  await child.stdin.close().catch((error) => assert(error instanceof Error));
  using spool = new Spool(folder.path);
  assertEquals(names(folder.path).map((name) => join(folder.path, name)), [spool.folder]);
});

Deno.test("Spool: folders of others are left alone", () => {
  using folder = new TempFolder();
  Deno.mkdirSync(join(folder.path, "tickhouse-test-x"));
  Deno.mkdirSync(join(folder.path, "tickhouse-spool-without-lock"));
  Deno.writeTextFileSync(join(folder.path, "tickhouse-spool-file"), "");
  using _ = new Spool(folder.path);
  assertEquals(names(folder.path).length, 4);
});

Deno.test("Spool: processes that start at once do not sweep each other", async () => {
  using folder = new TempFolder();
  const script = `
    import { Spool } from ${JSON.stringify(import.meta.resolve("./spool.ts"))};
    for (let i = 0; i < 60; i++) {
      using spool = new Spool(${JSON.stringify(folder.path)});
      Deno.readFileSync(spool.write([new Uint8Array(10)], "x"));
    }`;
  const runs = Array.from(
    { length: 4 },
    () => new Deno.Command(Deno.execPath(), { args: ["eval", script] }).output(),
  );
  for (const { success, stderr } of await Promise.all(runs)) {
    assertEquals(success, true, new TextDecoder().decode(stderr));
  }
  assertEquals(names(folder.path), []);
});
