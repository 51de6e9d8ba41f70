import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { ERROR_CODES } from "./error_codes.ts";

const ROOT = join(import.meta.dirname ?? ".", "..");

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* sources(path);
    else if (/\.ts$/.test(name) && !/_test\.ts$|^error_codes\.ts$/.test(name)) {
      yield Deno.readTextFileSync(path);
    }
  }
}

Deno.test("ERROR_CODES: each is used somewhere, and says what it means and how to fix it", () => {
  const all = ["pipeline", "services"].flatMap((folder) => [...sources(join(ROOT, folder))])
    .join("\n");
  assertEquals(Object.keys(ERROR_CODES).filter((code) => !all.includes(`"${code}"`)), []);
  for (const [code, { meaning, fix }] of Object.entries(ERROR_CODES)) {
    assertMatch(meaning, /^\S.*\.$/, code);
    assertMatch(fix, /^[A-Z-`].*\.$/, code);
  }
});
