/**
 * The page about the quirks.
 * @module
 */
import { type Quirk, QUIRKS } from "./list.ts";

const HEAD = `# Quirks of the feeds

<!-- Made by \`deno task generate\` from services/feeds/quirks/list.ts; edit that, not this. -->

What the stand-ins of \`deno task services up feeds\` can do wrong, as the real providers do.
[services.md](services.md#feeds) says how to switch one on. Each takes \`symbols\` (as the provider
calls them; default: all), \`probability\` (0 to 1; default: 1), \`next\` (it happens so many times
and then no more) and \`parameters\`; those of \`http\` also \`provider\`. What is marked *on* is on
unless it is switched off, since the real provider always does it.
`;

/** docs/feeds_quirks.md. */
export function quirksPage(): string {
  const quirks: [string, Quirk][] = Object.entries(QUIRKS);
  const rows = quirks.map(([name, { meaning, parameters = {}, on }]) => {
    const given = Object.entries(parameters).map(([key, value]) => `\`${key}\` ${value}`);
    return `| \`${name}\` | ${meaning}${on ? " *on*" : ""} | ${given.join(", ")} |`;
  });
  return `${HEAD}
| quirk | what happens | parameters and their defaults |
| ----- | ------------ | ----------------------------- |
${rows.join("\n")}
`;
}
