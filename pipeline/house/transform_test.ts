import { assertStringIncludes } from "@std/assert";
import { textOf } from "../notebook/drawn.ts";
import { blocksOf, type TransformReport } from "./transform.ts";

Deno.test("a transform drawn tells failed tests from those that only warn", () => {
  const check = (name: string, faults: number, warns: boolean) => (
    { name, file: `tests/${name}.sql`, faults, warns, ms: 1 }
  );
  const [failed, warned] = [check("keys", 2, false), check("exchanges_are_known", 1, true)];
  const report: TransformReport = {
    ...{ models: [], checks: [failed, warned, check("good", 0, false)] },
    ...{ failed: [failed], warned: [warned], complete: true, ms: 5 },
  };
  const text = textOf(blocksOf(report));
  assertStringIncludes(text, "failed     keys (tests/keys.sql): 2 rows at fault");
  assertStringIncludes(
    text,
    "warning    exchanges_are_known (tests/exchanges_are_known.sql): 1 rows at fault",
  );
  assertStringIncludes(text, "1 of 3 tests passed");
});
