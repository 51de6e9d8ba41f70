import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { avroSchema } from "../datasets/avro.ts";
import { DATASETS, indexBars, quotes } from "../datasets/datasets.ts";
import { generatedFiles, staleFiles, writeGenerated } from "./generate.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");

describe("generatedFiles()", () => {
  it("matches what is in the repository", async () => {
    assertEquals(await staleFiles(ROOT), [], "run `deno task generate`");
  });
});

describe("writeGenerated()", () => {
  it("writes what is missing or differs, and nothing else", async () => {
    const root = await Deno.makeTempDir();
    assertEquals((await writeGenerated(root)).length, generatedFiles().size);
    await Deno.writeTextFile(join(root, "data/schemas/ticks.avsc"), "{}");
    assertEquals(await staleFiles(root), ["data/schemas/ticks.avsc"]);
    assertEquals(await writeGenerated(root), ["data/schemas/ticks.avsc"]);
    assertEquals(await staleFiles(root), []);
    await Deno.remove(root, { recursive: true });
  });
});

describe("avroSchema()", () => {
  it("gives logical types, and null as the default of nullable fields", () => {
    const { name, namespace, fields } = avroSchema(quotes);
    assertEquals([namespace, name], ["tickhouse", "quotes"]);
    const type = (field: string) => fields.find((f) => f.name === field)?.type;
    const decimal = { type: "bytes", logicalType: "decimal", precision: 18, scale: 8 };
    assertEquals(type("c"), decimal);
    assertEquals(type("d"), ["null", decimal]);
    assertEquals(fields.find((f) => f.name === "d")?.default, null);
    assertEquals(type("t"), { type: "long", logicalType: "timestamp-micros" });
    assertEquals(avroSchema(indexBars).fields[1]?.type, { type: "int", logicalType: "date" });
  });

  it("names every field as Avro allows", () => {
    for (const dataset of DATASETS) {
      for (const { name } of avroSchema(dataset).fields) assertMatch(name, /^[A-Za-z_]\w*$/);
    }
  });
});
