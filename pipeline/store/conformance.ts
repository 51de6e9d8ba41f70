/**
 * What every object store must do. Each adapter's test calls `storeConformance`.
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import type { ObjectStore } from "./store.ts";

/** A fresh, empty store. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: ObjectStore;
}

/** Registers the suite under the adapter's name. */
export function storeConformance(name: string, make: () => Promise<StoreUnderTest>): void {
  const test = (
    behaviour: string,
    run: (store: ObjectStore, file: (text: string) => string) => Promise<void>,
  ) =>
    Deno.test(`${name}: ${behaviour}`, async () => {
      using folder = new TempFolder();
      await using under = await make();
      let count = 0;
      await run(under.store, (text) => {
        const path = join(folder.path, `input-${count++}`);
        Deno.writeTextFileSync(path, text);
        return path;
      });
    });

  test("an object comes back with its bytes and metadata", async (store, file) => {
    const path = file("hello");
    assertEquals(await store.createFromFile("a/b=1/c.txt", path, { end: "5" }), true);
    const info = await store.head("a/b=1/c.txt");
    assertEquals(info, { key: "a/b=1/c.txt", size: 5, metadata: { end: "5" } });
    const copy = file("");
    await store.download("a/b=1/c.txt", copy);
    assertEquals(Deno.readTextFileSync(copy), "hello");
  });

  test("createFromFile() leaves a taken key as it is", async (store, file) => {
    await store.createFromFile("k", file("first"), { by: "first" });
    assertEquals(await store.createFromFile("k", file("second"), { by: "second" }), false);
    assertEquals((await store.head("k"))?.metadata, { by: "first" });
    const copy = file("");
    await store.download("k", copy);
    assertEquals(Deno.readTextFileSync(copy), "first");
  });

  test(
    "createFromFile() of the same content twice is refused the second time",
    async (store, file) => {
      assertEquals(await store.createFromFile("k", file("same"), { end: "1" }), true);
      assertEquals(await store.createFromFile("k", file("same"), { end: "2" }), false);
      assertEquals((await store.head("k"))?.metadata, { end: "1" });
    },
  );

  test(
    "of racing writers of one key exactly one wins, with its own metadata",
    async (store, file) => {
      for (let round = 0; round < 10; round++) {
        const key = `race/${round}`;
        const won = await Promise.all(
          Array.from(
            { length: 12 },
            (_, writer) =>
              store.createFromFile(key, file(`writer ${writer}`), { writer: String(writer) }),
          ),
        );
        assertEquals(won.filter(Boolean).length, 1);
        const winner = String(won.indexOf(true));
        assertEquals((await store.head(key))?.metadata, { writer: winner });
        const copy = file("");
        await store.download(key, copy);
        assertEquals(Deno.readTextFileSync(copy), `writer ${winner}`);
      }
    },
  );

  test("an empty object is an object", async (store, file) => {
    assertEquals(await store.createFromFile("empty", file(""), {}), true);
    assertEquals((await store.head("empty"))?.size, 0);
  });

  test("head() of a key that is free is undefined, download() says which", async (store, file) => {
    assertEquals(await store.head("not/there"), undefined);
    const error = await assertRejects(() => store.download("not/there", file("")), TickhouseError);
    assertEquals(error.code, "OBJECT_MISSING");
    assertEquals(error.message.includes("not/there"), true);
  });

  test("list() yields the keys below a prefix, ascending", async (store, file) => {
    const keys = ["a/1", "a/2", "a/20", "a/b/1", "ab/1", "b/1"];
    for (const key of [...keys].reverse()) await store.createFromFile(key, file("x"), {});
    const list = (prefix: string) => Array.fromAsync(store.list(prefix));
    assertEquals(await list(""), keys);
    assertEquals(await list("a/"), ["a/1", "a/2", "a/20", "a/b/1"]);
    assertEquals(await list("a/2"), ["a/2", "a/20"]);
    assertEquals(await list("a"), ["a/1", "a/2", "a/20", "a/b/1", "ab/1"]);
    assertEquals(await list("c/"), []);
  });

  test("list() is ascending by the bytes of whole keys", async (store, file) => {
    const keys = [
      "a-b/1",
      "a.b/1",
      "a/1-1/x",
      "a/1.x",
      "a/1/x",
      "a0",
      "a=b/1",
      "aB",
      "a_",
      "ab",
    ];
    for (const key of [...keys].reverse()) await store.createFromFile(key, file("x"), {});
    assertEquals(await Array.fromAsync(store.list("")), keys);
    assertEquals(await Array.fromAsync(store.list("a/1")), keys.slice(2, 5));
  });

  test("metadata comes back as it was given, or is refused", async (store, file) => {
    const metadata = { "end": "5", "schema-id": "A b;c,d=%2F\"\\'", "n0": "0" };
    assertEquals(await store.createFromFile("k", file("x"), metadata), true);
    assertEquals((await store.head("k"))?.metadata, metadata);
    const bad = {
      "Upper": "1",
      "under_score": "1",
      "ümlaut": "1",
      "1st": "1",
      "": "1",
      "a b": "1",
    };
    const values = ["", "ü", " lead", "trail ", "line\nbreak", "x".repeat(3000)];
    const refused = [...Object.entries(bad), ...values.map((value) => ["a", value] as const)];
    for (const [name, value] of refused) {
      const error = await assertRejects(
        () => store.createFromFile("other", file("x"), { [name]: value }),
        TickhouseError,
      );
      assertEquals(error.code, "METADATA_INVALID", name);
    }
    assertEquals(await store.head("other"), undefined);
  });

  test("folders() yields the next segments, ascending", async (store, file) => {
    for (const key of ["t/d=2/x", "t/d=1/p=0/x", "t/d=1/p=1/x", "t/file", "u/x"]) {
      await store.createFromFile(key, file("x"), {});
    }
    assertEquals(await store.folders(""), ["t", "u"]);
    assertEquals(await store.folders("t/"), ["d=1", "d=2"]);
    assertEquals(await store.folders("t/d=1/"), ["p=0", "p=1"]);
    assertEquals(await store.folders("none/"), []);
  });

  test("keys that could leave the store or clash are refused", async (store, file) => {
    for (const key of ["", "/a", "a/", "a//b", "../a", "a/../b", ".hidden", "a b", "a%2f", "ü"]) {
      const error = await assertRejects(
        () => store.createFromFile(key, file("x"), {}),
        TickhouseError,
      );
      assertEquals(error.code, "KEY_INVALID", key);
    }
  });

  test("a source file that is missing leaves no object", async (store) => {
    await assertRejects(() => store.createFromFile("k", "/does/not/exist", {}), TickhouseError);
    assertEquals(await store.head("k"), undefined);
  });
}
