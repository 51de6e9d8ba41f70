/** Reports that draw themselves: tables in a notebook, text on a terminal. @module */
import { table } from "../console.ts";
import { redacted, visibleLine } from "../shown.ts";
import { DISPLAY, type MediaBundle } from "./show.ts";

/** Rows under a head. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** A part of what is drawn: lines of text, or a table. */
export type Block = string | Table;

/**
 * The value, which `show()` and `String()` then draw. What draws it is not enumerable: as JSON the
 * value is what it was.
 */
export function drawn<T extends object>(value: T, blocks: () => readonly Block[]): T {
  const bundle = (): MediaBundle => ({
    "text/html": htmlOf(blocks()),
    "text/plain": textOf(blocks()),
  });
  return Object.defineProperties(value, {
    toString: { value: () => textOf(blocks()), configurable: true },
    [DISPLAY]: { value: bundle, configurable: true },
  });
}

/** As a terminal shows it. */
export function textOf(blocks: readonly Block[]): string {
  return blocks.map((block) => typeof block === "string" ? block : table(block.head, block.rows))
    .join("\n");
}

/** As a notebook shows it; text in it is text, whatever it looks like. */
export function htmlOf(blocks: readonly Block[]): string {
  const parts: Block[] = [];
  for (const block of blocks) {
    const last = parts.at(-1);
    // Lines that follow each other are one text.
    if (typeof block === "string" && typeof last === "string") {
      parts.splice(-1, 1, `${last}\n${block}`);
    } else parts.push(block);
  }
  return parts.map((part) => typeof part === "string" ? lines(part) : rowsOf(part)).join("\n");
}

function lines(text: string): string {
  return `<pre>${text.split("\n").map(escaped).join("\n")}</pre>`;
}

function rowsOf({ head, rows }: Table): string {
  const line = (cells: readonly unknown[], tag: "th" | "td") =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(String(cell ?? ""))}</${tag}>`).join("")}</tr>`;
  const body = rows.map((row) => line(row, "td")).join("\n");
  return `<table>\n<thead>${line(head, "th")}</thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
}

function escaped(text: string): string {
  return visibleLine(redacted(text)).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
