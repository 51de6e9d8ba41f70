/** The page about the errors' codes. @module */
import { ERROR_CODES } from "../error_codes.ts";

const HEAD = `# Errors

<!-- Made by \`deno task generate\` from pipeline/error_codes.ts; edit that, not this. -->

An error that you can act on is printed as \`error CODE: field is "value": what is wrong. How to fix
it.\`, and ends a verb with status 2. In the library it is a \`TickhouseError\`: \`code\`, \`field\`,
\`what\`, \`fix\`, \`kind\` (\`transient\` if trying again can help) and \`cause\`. Codes stay what
they are from version to version.
`;

/** All codes, by the alphabet. */
export function errorsPage(): string {
  const rows = Object.entries(ERROR_CODES).sort(([a], [b]) => a < b ? -1 : 1)
    .map(([code, { meaning, fix }]) => `| \`${code}\` | ${meaning} | ${fix} |`);
  return `${HEAD}
| code | what it means | how to fix it |
| ---- | ------------- | ------------- |
${rows.join("\n")}
`;
}
