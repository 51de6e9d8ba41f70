/** `migrate --set name=value`, and `name=@file` for a secret. @module */
import { messageOf, TickhouseError } from "../errors.ts";

/** What `--set` gives, by name. */
export async function variables(set: readonly string[]): Promise<Record<string, string>> {
  const found = new Map<string, string>();
  for (const text of set) {
    const [name = "", value] = parts(text);
    if (name === "" || value === undefined) {
      throw new TickhouseError("OPTION_INVALID", "is not name=value", {
        field: "--set",
        fix: "write it like --set warehouse=TICKHOUSE_WH",
      });
    }
    if (found.has(name)) {
      throw new TickhouseError("OPTION_INVALID", `gives ${name} twice`, {
        field: "--set",
        fix: "leave one of them out",
      });
    }
    found.set(name, value.startsWith("@") ? await fileText(value.slice(1)) : value);
  }
  return Object.fromEntries(found);
}

function parts(text: string): string[] {
  const at = text.indexOf("=");
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** A secret's file; not on the command line, where others on the machine see it. */
async function fileText(path: string): Promise<string> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (cause) {
    throw new TickhouseError("FILE_UNREADABLE", messageOf(cause), {
      field: "--set",
      value: path,
      cause,
    });
  }
}
