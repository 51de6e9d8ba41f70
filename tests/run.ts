/**
 * `deno task test`: installs what the tests need and runs all of them, or those named.
 * @module
 */
import { findTools } from "./tools.ts";

const FOLDERS = ["pipeline/", "std/", "tests/"];

const env = { ...await findTools() };
const named = Deno.args.some((arg) => !arg.startsWith("-"));
const child = new Deno.Command(Deno.execPath(), {
  args: ["test", "-P", ...Deno.args, ...(named ? [] : FOLDERS)],
  env,
}).spawn();
Deno.exit((await child.status).code);
