/** The page about the vendors' formats. @module */
import type { FileFormat } from "../source/formats/format.ts";
import { FORMATS } from "../source/formats/formats.ts";

const HEAD = `# Formats of files

<!-- Made by \`deno task generate\` from pipeline/source/formats; edit that, not this. -->

What \`deno task ingest\` knows by itself; \`--format NAME\` forces one. A format is one small file in
\`pipeline/source/formats/\` with its test beside it. Its name is the \`source\` of the rows, by which
\`ref_sources\` knows whose symbols and sale conditions they have; a column \`source\` and
\`--set source=NAME\` win. [files.md](files.md) says what becomes of a file that is none of these.
`;

/** All formats, by the alphabet. */
export function formatsPage(): string {
  const rows = FORMATS.toSorted((a, b) => a.name < b.name ? -1 : 1).map((format) =>
    `| \`${format.name}\` | ${format.meaning} | ${format.dataset} | ${prices(format)} | ` +
    `${times(format)} | ${seen(format)} |`
  );
  return `${HEAD}
| format | whose | dataset | prices | times | seen by |
| ------ | ----- | ------- | ------ | ----- | ------- |
${rows.join("\n")}
`;
}

function prices({ constants, decimal, dataset }: FileFormat): string {
  const adjusted: Readonly<Record<string, string>> = {
    raw: "as traded",
    splits: "adjusted for splits",
    all: "adjusted for splits and dividends",
  };
  const said = adjusted[constants?.["adjustment"] ?? ""];
  const basis = said ?? (dataset === "bars" ? "not said: taken as traded" : "as traded");
  return decimal === "," ? `${basis}; decimal comma` : basis;
}

function times({ numbers, dateOrder, timeZone }: FileFormat): string {
  const counts: Readonly<Record<string, string>> = {
    digits: "since 1970, its unit by the number of digits",
    yyyymmdd: "yyyymmdd",
    ns: "ns since 1970",
    s: "s since 1970",
  };
  return [
    ...(numbers === undefined ? [] : [counts[numbers] ?? numbers]),
    ...(dateOrder === undefined ? [] : [dateOrder === "mdy" ? "month first" : "day first"]),
    ...(timeZone === undefined ? [] : [timeZone]),
  ].join(", ") || "as written";
}

function seen({ headers, headerless, preamble, fileName }: FileFormat): string {
  return [
    ...(headers === undefined ? [] : ["its header"]),
    ...(headerless === undefined ? [] : ["its first row, without a header"]),
    ...(preamble === undefined ? [] : ["a line before the header"]),
    ...(fileName === undefined ? [] : [headers || headerless ? "symbol by its name" : "its name"]),
  ].join("; ");
}
