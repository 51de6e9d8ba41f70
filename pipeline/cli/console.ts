/**
 * What the command line prints: results on stdout, everything else on stderr.
 * @module
 */
import Table from "cli-table3";

const encoder = new TextEncoder();

/** Prints a result on stdout. */
export function print(text: string): void {
  Deno.stdout.writeSync(encoder.encode(`${text}\n`));
}

/** Prints a note on stderr. */
export function note(text: string): void {
  status.clear();
  Deno.stderr.writeSync(encoder.encode(`${text}\n`));
}

/** Prints a value as JSON on stdout. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A table of text for stdout; numbers are aligned right. */
export function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const numeric = head.map((_, i) =>
    rows.length > 0 && rows.every((row) => row[i] === null || isNumeric(row[i]))
  );
  const made = new Table({
    head: [...head],
    colAligns: numeric.map((n) => n ? "right" : "left"),
    style: { head: [], border: [], compact: true },
  });
  made.push(...rows.map((row) => row.map((cell) => cell === null ? "" : printable(String(cell)))));
  return made.toString();
}

/** A number with thousands separated; at most `digits` decimals. */
export function number(value: number, digits = 0): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** One line on stderr that is written over on a terminal, and now and then repeated elsewhere. */
export class StatusLine {
  #shownAt = -Infinity;
  #visible = false;

  /** Shows the text in place of the last one. */
  show(text: string): void {
    if (Deno.stderr.isTerminal()) {
      // A terminal that does not know its width says 0.
      const columns = Deno.consoleSize().columns || Infinity;
      Deno.stderr.writeSync(encoder.encode(`\r\x1b[2K${text.slice(0, columns - 1)}`));
      this.#visible = true;
    } else if (performance.now() - this.#shownAt >= 10_000) {
      this.#shownAt = performance.now();
      Deno.stderr.writeSync(encoder.encode(`${text}\n`));
    }
  }

  /** Removes it from the terminal. */
  clear(): void {
    if (this.#visible) Deno.stderr.writeSync(encoder.encode("\r\x1b[2K"));
    this.#visible = false;
  }
}

/** The process's status line. */
export const status = new StatusLine();

function isNumeric(value: unknown): boolean {
  return typeof value === "number" ||
    (typeof value === "string" && /^-?[\d,]+(\.\d+)?$/.test(value));
}

/** Text from outside must not steer the terminal. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd");
}
