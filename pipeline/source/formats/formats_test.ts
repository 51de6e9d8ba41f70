import { assertEquals } from "@std/assert";
import { FORMATS } from "./formats.ts";

/** Formats whose files call instruments by no names that a table here has. */
const OWN_NAMES = ["german-broker"];

Deno.test("FORMATS: ref_sources says whose symbols those of each format are", async () => {
  const seed = new URL("../../../models/seeds/ref_sources.csv", import.meta.url);
  const listed = new Set(
    (await Deno.readTextFile(seed)).split("\n").map((row) => row.split(",")[0]),
  );
  const missing = FORMATS.map(({ name }) => name).filter((name) => !listed.has(name));
  assertEquals(missing, OWN_NAMES);
});
