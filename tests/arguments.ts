/** The arguments of the two commands that run tests. @module */
import { join } from "node:path";
import { exists } from "tickhouse/house/home.ts";

/** Files and folders that are there, and the rest: flags of `deno test`, with their values. */
export function split(
  args: readonly string[],
  root: string,
): { readonly paths: readonly string[]; readonly flags: readonly string[] } {
  const isPath = (arg: string) => !arg.startsWith("-") && exists(join(root, arg));
  return { paths: args.filter(isPath), flags: args.filter((arg) => !isPath(arg)) };
}
