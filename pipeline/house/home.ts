import { messageOf, TickhouseError } from "../errors.ts";

/** Throws `HOME_INVALID` if what is there is no folder, or can't be one. */
export function checkHome(home: string): void {
  const found = kindOf(home);
  if (found === "folder" || found === "nothing") return;
  throw new TickhouseError("HOME_INVALID", `it is ${found}, not a folder`, {
    field: "TICKHOUSE_HOME",
    value: home,
    fix: "name a folder, or one to be made",
  });
}

/** Whether there is something of that name. */
export function exists(path: string): boolean {
  return kindOf(path) !== "nothing";
}

function kindOf(path: string): string {
  try {
    return Deno.statSync(path).isDirectory ? "folder" : "a file";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "nothing";
    if (error instanceof Deno.errors.NotADirectory) return "below a file";
    return `out of reach (${messageOf(error)})`;
  }
}
