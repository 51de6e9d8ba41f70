import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { architecturePage, faultsOf, readArrows } from "./architecture.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");

Deno.test("no arrow between folders runs up, and each folder is a room", () => {
  const arrows = readArrows(ROOT);
  assertEquals(arrows.length > 500, true, `${arrows.length} imports were read`);
  assertEquals(faultsOf(arrows), []);
});

Deno.test("faultsOf() names an arrow that runs up, a cycle, and a folder without a room", () => {
  const up = { from: "pipeline/sql/split.ts", to: "pipeline/lake/load.ts" };
  const down = { from: "pipeline/lake/load.ts", to: "pipeline/sql/split.ts" };
  const says = "pipeline/sql/split.ts uses pipeline/lake/load.ts, which stands above it";
  assertEquals(faultsOf([down]), []);
  assertEquals(faultsOf([up]), [says]);
  assertEquals(faultsOf([down, up]), [says]);
  const strange = { from: "pipeline/attic/box.ts", to: "pipeline/sql/split.ts" };
  assertEquals(faultsOf([strange]), ["pipeline/attic/box.ts: its folder is not one of ROOMS"]);
  assertThrows(() => architecturePage([up]), Error, says);
});
