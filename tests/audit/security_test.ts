import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";

const ROOT = join(import.meta.dirname ?? "", "..", "..");

interface Named {
  readonly file: string;
  readonly name: string;
}

/** What is wrong with the table of threats of a text. */
function faults(text: string, read: (file: string) => string | undefined): string[] {
  const rows = text.split("\n").filter((line) => line.startsWith("| ")).map((line) =>
    line.slice(1, -1).split(" | ").map((cell) => cell.trim())
  );
  const threats = rows.filter(([first = ""]) => first !== "threat" && !/^-+$/.test(first));
  return threats.flatMap(([threat = "", stands = "", proof = ""]) => {
    if (stands === "") return [`${threat}: says nothing of what stands against it`];
    if (/^open: \S/.test(proof)) return [];
    const tests = named(proof);
    const rest = proof.replaceAll(/`[^`]+`: "[^"]+"(; )?/g, "");
    if (tests.length === 0 || rest !== "") return [`${threat}: names no test, and is not open`];
    return tests.filter(({ file, name }) => !has(read(file), name))
      .map(({ file, name }) => `${threat}: ${file} has no test "${name}"`);
  });
}

function named(proof: string): Named[] {
  return [...proof.matchAll(/`([^`]+)`: "([^"]+)"/g)]
    .map(([, file = "", name = ""]) => ({ file, name }));
}

/** A test of that name: not a word of it in a comment. */
function has(text: string | undefined, name: string): boolean {
  const quoted = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?:\\btest|\\bit)\\(\\s*"${quoted}"`).test(text ?? "");
}

function fromDisk(file: string): string | undefined {
  try {
    return Deno.readTextFileSync(join(ROOT, file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

Deno.test("SECURITY.md: each threat names a test that is there, or says that it is open", () => {
  const text = Deno.readTextFileSync(join(ROOT, "SECURITY.md"));
  assert(named(text).length >= 20);
  assertEquals(faults(text, fromDisk), []);
});

Deno.test("SECURITY.md: a test that is gone, none, or a comment is seen", () => {
  const file = 'Deno.test("it holds", () => {});\n// Deno.test is not "said"\n';
  const of = (proof: string) =>
    faults(`| threat | x |\n| --- | --- |\n| a | b | ${proof} |\n`, () => file).length;
  assertEquals(of('`x_test.ts`: "it holds"'), 0);
  assertEquals(of("open: later"), 0);
  for (
    const wrong of [
      "",
      "open",
      "yes",
      '`x_test.ts`: "it hold"',
      '`x_test.ts`: "said"',
      '`x_test.ts`: "it holds"; and more',
      '`x_test.ts`: "it holds"; `x_test.ts`: "no"',
    ]
  ) assertEquals(of(wrong), 1, wrong);
});
