import { assertEquals, assertRejects } from "@std/assert";
import { DATASETS } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { TempFolder } from "../testing.ts";
import { aheadSeconds } from "./ahead.ts";

Deno.test("aheadSeconds() has an allowance for every dataset", async () => {
  const ahead = await aheadSeconds(new URL("../../models", import.meta.url).pathname);
  assertEquals([...ahead.keys()].sort(), DATASETS.map(({ name }) => name).sort());
  assertEquals([ahead.get("ticks"), ahead.get("bars")], [3600, 129_600]);
});

Deno.test("aheadSeconds() of a project without it is empty, and throws for what is no number", async () => {
  using folder = new TempFolder();
  const file = `${folder.path}/dbt_project.yml`;
  Deno.writeTextFileSync(file, "name: one\n");
  assertEquals((await aheadSeconds(folder.path)).size, 0);
  Deno.writeTextFileSync(file, "name: one\nvars: { ahead_seconds: { ticks: an hour } }\n");
  const error = await assertRejects(() => aheadSeconds(folder.path), TickhouseError);
  assertEquals([error.code, error.field], ["PROJECT_INVALID", "dbt_project.yml"]);
});
