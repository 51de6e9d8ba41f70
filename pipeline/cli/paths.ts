/** Paths on the command line, from where the user stands. @module */
import { resolve } from "node:path";

/**
 * The arguments with the files of `--file` and `--set name=@file` seen from the folder: `deno task`
 * changes into the project's, and says in INIT_CWD where it was typed.
 */
export function seenFrom(folder: string, args: readonly string[]): string[] {
  return args.map((arg, i) => {
    if (args[i - 1] === "--file") return resolve(folder, arg);
    const file = /^(--file=)(.+)$/s.exec(arg) ??
      /^((?:--set=)?[^=@\s-][^=\s]*=@)(.+)$/s.exec(arg) ??
      /^(--set=[^=]+=@)(.+)$/s.exec(arg);
    return file ? `${file[1]}${resolve(folder, file[2] ?? "")}` : arg;
  });
}
