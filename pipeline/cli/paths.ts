/** Paths on the command line, from where the user stands. @module */
import { resolve } from "node:path";

/** Options whose value is a path. */
const PATHS: readonly string[] = ["--file", "--to"];
/** A day is none: `--to 2024-12-31` ends a history. */
const DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * The arguments with the files of `--file`, `--to` and `--set name=@file` seen from the folder: `deno task`
 * changes into the project's, and says in INIT_CWD where it was typed.
 */
export function seenFrom(folder: string, args: readonly string[]): string[] {
  return args.map((arg, i) => {
    if (DAY.test(arg.replace(/^--to=/, ""))) return arg;
    if (PATHS.includes(args[i - 1] ?? "")) return resolve(folder, arg);
    const file = /^(--(?:file|to)=)(.+)$/s.exec(arg) ??
      /^((?:--set=)?[^=@\s-][^=\s]*=@)(.+)$/s.exec(arg) ??
      /^(--set=[^=]+=@)(.+)$/s.exec(arg);
    return file ? `${file[1]}${resolve(folder, file[2] ?? "")}` : arg;
  });
}
