/**
 * The picture of the rooms and their arrows, read from the imports.
 * @module
 */
import { dirname, join, normalize } from "node:path/posix";
import { TickhouseError } from "../errors.ts";
import { type Room, ROOMS } from "./rooms.ts";

/** An import from one file to another, by their paths from the project's folder. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** Files of tests: they may use anything. */
const TESTS = /(_test|_?fixture|_?conformance|testing)\.ts$/;
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\n]+)["']/g;

/** All imports between the product's files below `root`. */
export function readArrows(root: string): Arrow[] {
  const files = ["pipeline", "services"].flatMap((folder) => [...filesBelow(root, folder)]);
  return files.sort().flatMap((from) => {
    const text = Deno.readTextFileSync(join(root, from));
    return [...text.matchAll(IMPORT)].map(([, named = ""]) => resolved(from, named))
      .filter((to) => /^(pipeline|services)\//.test(to) && to.endsWith(".ts") && !TESTS.test(to))
      .map((to) => ({ from, to }));
  });
}

/** What is wrong with the arrows, a line each: those that run up, and folders without a room. */
export function faultsOf(arrows: readonly Arrow[], rooms: readonly Room[] = ROOMS): string[] {
  const heights = new Map(rooms.map(([folder], i) => [folder, -i]));
  const faults = arrows.flatMap(({ from, to }) => {
    const [above, below] = [heights.get(roomOf(from, rooms)), heights.get(roomOf(to, rooms))];
    if (above === undefined) return [`${from}: its folder is not one of ROOMS`];
    if (below === undefined) return [`${to}: its folder is not one of ROOMS`];
    return above >= below ? [] : [`${from} uses ${to}, which stands above it`];
  });
  return [...new Set(faults)];
}

/** The page about the rooms. Throws `ARCHITECTURE_INVALID` where an arrow runs up. */
export function architecturePage(arrows: readonly Arrow[]): string {
  const faults = faultsOf(arrows);
  if (faults.length > 0) {
    throw new TickhouseError("ARCHITECTURE_INVALID", faults.join("; "), {
      fix: "move what both need below both, or correct ROOMS in pipeline/generate/rooms.ts",
    });
  }
  const uses = usesOf(arrows);
  const rows = ROOMS.map(([folder, meaning]) => {
    const below = (uses.get(folder) ?? []).filter((one) => one !== "pipeline").map(shortOf);
    return `| ${shortOf(folder)} | ${meaning} | ${below.join(", ")} |`;
  });
  const lines = [...reduced(uses)].flatMap(([folder, below]) =>
    below.map((one) => `  ${idOf(folder)} --> ${idOf(one)}`)
  );
  const names = ROOMS.map(([folder]) => `  ${idOf(folder)}["${shortOf(folder)}"]`);
  return `${HEAD}
\`\`\`mermaid
flowchart TD
${[...names, ...lines].join("\n")}
\`\`\`

An arrow that follows from others is left out of the picture; the table has all but those to
\`pipeline\` itself.

| folder | what it is for | what it uses |
| ------ | -------------- | ------------ |
${rows.join("\n")}
`;
}

const HEAD = `# Architecture

<!-- Made by \`deno task generate\` from the imports; edit pipeline/generate/rooms.ts, not this. -->

The folders of \`pipeline/\` and \`services/\` are rooms that stand on one another: a room uses those below it and none
above, so there is no cycle. \`deno task generate --check\` fails on an arrow that runs up. One vendor
is one folder. [concepts.md](concepts.md) says how the parts work, [extending.md](extending.md) how
to add a dataset, a feed or an end.
`;

function* filesBelow(root: string, folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(join(root, folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* filesBelow(root, path);
    else if (name.endsWith(".ts") && !name.endsWith(".d.ts") && !TESTS.test(name)) yield path;
  }
}

function resolved(from: string, named: string): string {
  if (named.startsWith("tickhouse/")) return `pipeline/${named.slice("tickhouse/".length)}`;
  if (named.startsWith("services/")) return named;
  return named.startsWith(".") ? normalize(join(dirname(from), named)) : "";
}

/** A file can be a room of its own. */
function roomOf(file: string, rooms: readonly Room[] = ROOMS): string {
  const own = file === "pipeline/types.ts" ? "pipeline/mod.ts" : file;
  return rooms.some(([folder]) => folder === own) ? own : dirname(file);
}

/** The rooms that each room uses, in their order. */
function usesOf(arrows: readonly Arrow[]): Map<string, string[]> {
  const order = ROOMS.map(([folder]) => folder);
  const uses = new Map<string, Set<string>>();
  for (const { from, to } of arrows) {
    const [above, below] = [roomOf(from), roomOf(to)];
    if (above !== below) uses.set(above, (uses.get(above) ?? new Set()).add(below));
  }
  return new Map(
    order.map((folder) => [folder, order.filter((one) => uses.get(folder)?.has(one) ?? false)]),
  );
}

/** Without the arrows that follow from others. */
function reduced(uses: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const reach = (from: string): Set<string> =>
    new Set((uses.get(from) ?? []).flatMap((one) => [one, ...reach(one)]));
  return new Map([...uses].map(([folder, below]) => [
    folder,
    below.filter((one) => !below.some((other) => other !== one && reach(other).has(one))),
  ]));
}

function shortOf(folder: string): string {
  return folder === "pipeline" ? folder : folder.replace(/^pipeline\//, "");
}

function idOf(folder: string): string {
  return folder.replaceAll(/[^a-z]/g, "_");
}
