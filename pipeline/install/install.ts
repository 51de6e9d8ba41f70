/**
 * `deno run -P=install pipeline/install/install.ts <part>…`: installs parts of the packages, before what
 * imports them starts; `all` is what the project's own tasks and tests need.
 * @module
 */
import { fileURLToPath } from "node:url";
import { TickhouseError } from "../errors.ts";
import { ALL, ensurePackages, type PartName, PARTS } from "./packages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
try {
  const parts = Deno.args.includes(ALL) ? ALL : Deno.args.map(partNamed);
  await ensurePackages(parts, { root });
} catch (error) {
  if (!(error instanceof TickhouseError)) throw error;
  console.error(`error ${error.code}: ${error.message}`);
  Deno.exit(2);
}

function partNamed(name: string): PartName {
  if (Object.hasOwn(PARTS, name)) return name as PartName;
  throw new TickhouseError("PART_UNKNOWN", "there is no such part", {
    field: "part",
    value: name,
    fix: `use ${ALL}, or some of ${Object.keys(PARTS).join(", ")}`,
  });
}
