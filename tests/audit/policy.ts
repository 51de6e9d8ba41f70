/** What the project takes from others: licences, and programs that run when it is installed. @module */

/** Licences that ask for no more than to be named. */
export const LICENCES: readonly string[] = [
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "MIT",
  "Unlicense",
  "Zlib",
];

/** An exception, with the reason that a reader can check. */
export interface Exception {
  /** A package, or the beginning of a name that ends with `*`. */
  readonly name: string;
  readonly reason: string;
}

/** Packages whose package.json says nothing that can be judged. */
export const LICENCE_EXCEPTIONS: readonly Exception[] = [
  {
    name: "@kafkajs/confluent-schema-registry",
    reason: "package.json names none; its file LICENSE is MIT",
  },
  { name: "stack-trace", reason: "package.json names none; its file License is MIT's text" },
  {
    name: "nodejs-polars-*",
    reason: "compiled parts of nodejs-polars, which is MIT; they point to its file LICENSE",
  },
];

/** Packages with programs for the time of installation. Deno runs none unless it is told to. */
export const SCRIPT_EXCEPTIONS: readonly Exception[] = [
  { name: "es5-ext", reason: "prints a text of its author; not run, nothing is missing" },
  { name: "protobufjs", reason: "warns of a version scheme; not run, nothing is missing" },
];
