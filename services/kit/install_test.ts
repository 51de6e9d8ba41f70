import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { TickhouseError } from "tickhouse/errors.ts";
import { TempFolder } from "tickhouse/testing.ts";
import { install, type Recipe } from "./install.ts";
import { VERSIONS } from "./versions.ts";

const PLACE = `minio-${VERSIONS.minio}`;

/** Builds a server of two files and counts how often. */
class Builder implements Recipe {
  readonly name = "minio";
  readonly needs = [];
  built = 0;
  failing: Error | undefined;

  async build(folder: string): Promise<void> {
    this.built++;
    Deno.writeTextFileSync(join(folder, "first"), "some bytes");
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (this.failing) throw this.failing;
    Deno.mkdirSync(join(folder, "deep"));
    Deno.writeTextFileSync(join(folder, "deep", "second"), "more bytes");
  }
}

/** Notes are not what is tested. */
const quiet = { note: () => {} };

Deno.test("install() builds once, and not again for the next", async () => {
  using temp = new TempFolder();
  const builder = new Builder();
  const options = { ...quiet, cache: temp.path };
  const folder = await install(builder, options);
  assertEquals(folder, join(temp.path, PLACE));
  assertEquals(await install(builder, { ...options, verify: true }), folder);
  assertEquals(builder.built, 1);
});

Deno.test("install() at the same time builds once", async () => {
  using temp = new TempFolder();
  const builder = new Builder();
  const options = { ...quiet, cache: temp.path };
  await Promise.all([1, 2, 3].map(() => install(builder, options)));
  assertEquals(builder.built, 1);
});

for (
  const [what, damage] of Object.entries({
    "a missing file": (folder: string) => Deno.removeSync(join(folder, "deep", "second")),
    "a shorter file": (folder: string) => Deno.truncateSync(join(folder, "first"), 3),
    "a missing manifest": (folder: string) => Deno.removeSync(join(folder, "manifest.json")),
    "half a manifest": (folder: string) => Deno.truncateSync(join(folder, "manifest.json"), 9),
  })
) {
  Deno.test(`install() fixes ${what}`, async () => {
    using temp = new TempFolder();
    const builder = new Builder();
    const before = join(temp.path, "before");
    damage(await install(builder, { ...quiet, cache: before }));
    // To this process a place that it has not looked at yet.
    const after = join(temp.path, "after");
    Deno.renameSync(before, after);
    const folder = await install(builder, { ...quiet, cache: after });
    assertEquals(builder.built, 2);
    assertEquals(Deno.readTextFileSync(join(folder, "deep", "second")), "more bytes");
  });
}

Deno.test("install() fixes other bytes of the same length when asked to verify", async () => {
  using temp = new TempFolder();
  const builder = new Builder();
  const options = { ...quiet, cache: temp.path };
  const folder = await install(builder, options);
  Deno.writeTextFileSync(join(folder, "first"), "same bytes");
  await install(builder, { ...options, verify: true });
  assertEquals(builder.built, 2);
  assertEquals(Deno.readTextFileSync(join(folder, "first")), "some bytes");
});

Deno.test("install() that fails leaves nothing in place, and the next one begins again", async () => {
  using temp = new TempFolder();
  const builder = new Builder();
  const options = { ...quiet, cache: temp.path };
  builder.failing = new Error("cut off");
  const error = await assertRejects(() => install(builder, options), TickhouseError);
  assertEquals(error.code, "INSTALL_FAILED");
  assertEquals((error.cause as Error).message, "cut off");
  assert(![...Deno.readDirSync(temp.path)].some(({ name }) => name === PLACE));
  builder.failing = undefined;
  Deno.writeTextFileSync(join(temp.path, `${PLACE}.new`, "left"), "by the interrupted one");
  const folder = await install(builder, options);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assertEquals(names, ["deep", "first", "manifest.json"]);
});
