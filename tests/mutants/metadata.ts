/** Defects of the metadata store. @module */
import type { Mutant } from "./mutant.ts";

const SQLITE = "pipeline/metadata/sqlite_test.ts";

export const METADATA_MUTANTS: readonly Mutant[] = [
  {
    name: "gaps that touch stay two",
    file: "pipeline/metadata/range.ts",
    from: "return a.fromUs <= b.toUs && b.fromUs <= a.toUs;",
    to: "return a.fromUs < b.toUs && b.fromUs < a.toUs;",
    test: SQLITE,
    filter: "any order of opening",
  },
  {
    name: "what was accepted is opened again",
    file: "pipeline/metadata/gaps.ts",
    from: "subtract(range, accepted)",
    to: "subtract(range, accepted.slice(0, 0))",
    test: SQLITE,
    filter: "any order of opening",
  },
  {
    name: "a gap that is filled in its middle loses its end",
    file: "pipeline/metadata/gaps.ts",
    from: "const more = second ?",
    to: "const more = second && false ?",
    test: SQLITE,
    filter: "any order of opening",
  },
  {
    name: "a budget is only looked at before it is used up",
    file: "pipeline/metadata/requests.ts",
    from: '.where("requests.used", "<=", limit - n)',
    to: '.where("requests.used", "<=", limit)',
    test: SQLITE,
    filter: "take a budget together",
  },
  {
    name: "a watermark goes back",
    file: "pipeline/metadata/watermarks.ts",
    from: "if (added.toUs < found.toUs) {",
    to: "if (added.toUs < 0) {",
    test: SQLITE,
    filter: "refuses to go back",
  },
  {
    name: "a transaction takes the lock with its first write only",
    file: "pipeline/metadata/sqlite.ts",
    from: 'CompiledQuery.raw("begin immediate")',
    to: 'CompiledQuery.raw("begin")',
    test: SQLITE,
    filter: "that open at once one row comes",
  },
  {
    name: "tables of a newer version are written",
    file: "pipeline/metadata/prepare.ts",
    from: "there.find((name) => !known.includes(name))",
    to: "there.find(() => false)",
    test: SQLITE,
    filter: "a newer version is refused",
  },
  {
    name: "a correction of an action takes the place of what it corrects",
    file: "pipeline/metadata/actions.ts",
    from: "if (before && isSame(before, action)) continue;",
    to: "if (before) continue;",
    test: SQLITE,
    filter: "a correction is a new version",
  },
  {
    name: "the end of a run is not noted",
    file: "pipeline/house/run.ts",
    from: "await recorded.end(report);",
    to: "",
    test: "pipeline/house/recorded_test.ts",
    filter: "notes what came out",
  },
];
