/**
 * What the command line prints: results on stdout, everything else on stderr. All of it passes
 * `shown`: text from outside must not steer the terminal, and no secret leaves the process.
 * @module
 */
import stringWidth from "string-width";
import { messageOf, TickhouseError } from "./errors.ts";
import { redacted, redactedValue, shown, visible, visibleLine } from "./shown.ts";

const encoder = new TextEncoder();
/** Milliseconds to wait for a reader that is slower than this process. */
const FULL_MS = 5;

/** Prints a result on stdout. Throws `OUTPUT_FAILED` where it can't be written whole. */
export function print(text: string): void {
  write(Deno.stdout, `${shown(text)}\n`);
}

/** Prints a note on stderr. */
export function note(text: string): void {
  status.clear();
  write(Deno.stderr, `${shown(text)}\n`);
}

/** Prints a value as JSON on stdout. */
export function printJson(value: unknown): void {
  // Its texts are redacted one by one: what is cut out of JSON as a whole may leave none.
  write(Deno.stdout, `${visible(JSON.stringify(redactedValue(value), null, 2))}\n`);
}

/** Writes all of it: a pipe takes a part, or nothing for the moment. */
function write(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  let rest = encoder.encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(stream.writeSync(rest));
    } catch (error) {
      if (error instanceof Deno.errors.WouldBlock) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_MS);
        continue;
      }
      // Nobody reads any more: `| head`, or a terminal that was closed.
      if (stream === Deno.stderr || error instanceof Deno.errors.BrokenPipe) return;
      throw new TickhouseError("OUTPUT_FAILED", messageOf(error), {
        field: "stdout",
        fix: "let this verb print to where there is space",
        cause: error,
      });
    }
  }
}

/**
 * A table of text for stdout; numbers are aligned right. Within `width` characters, if given: the
 * widest columns of text are cut, and where that is not enough, columns in the middle left out.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly unknown[])[],
  width = Infinity,
): string {
  const lines = rows.map((row) =>
    row.map((cell) => cell === null ? "" : visibleLine(redacted(String(cell))))
  );
  const numeric = head.map((_, i) =>
    rows.length > 0 && rows.every((row) => row[i] === null || isNumeric(row[i]))
  );
  const shown = fitting(
    head.map((name, i) => {
      const widths = lines.map((line) => widthOf(line[i] ?? ""));
      const most = widths.reduce((most, width) => Math.max(most, width), widthOf(name));
      return { column: i, width: most, least: numeric[i] ? most : Math.min(most, NARROW) };
    }),
    width,
  );
  const pick = <T>(cells: readonly T[], gap: T) =>
    shown.map(({ column }) => column === GAP ? gap : cells[column] ?? gap);
  const right = pick(numeric, false);
  const line = (cells: readonly string[]) =>
    `│ ${
      shown.map(({ width }, i) => filled(cells[i] ?? "", width, right[i] ?? false)).join(" │ ")
    } │`;
  const rule = (left: string, cross: string, end: string) =>
    left + shown.map(({ width }) => "─".repeat(width + 2)).join(cross) + end;
  return [
    rule("┌", "┬", "┐"),
    line(pick(head, "…")),
    ...lines.length > 0 ? [rule("├", "┼", "┤")] : [],
    ...lines.map((cells) => line(pick(cells, "…"))),
    rule("└", "┴", "┘"),
  ].join("\n");
}

/** Columns of a terminal that the text takes. */
function widthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

/** The text in exactly so many columns of a terminal. */
function filled(text: string, width: number, right: boolean): string {
  const cut = cutTo(text, width);
  const gap = " ".repeat(width - widthOf(cut));
  return right ? gap + cut : cut + gap;
}

/** The text, or what fits of it and a mark that it is cut. */
function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let room = width - 1;
  for (const character of text) {
    room -= widthOf(character);
    if (room < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Stands for columns that are left out. */
const GAP = -1;
/** Characters below which a column of text says nothing; a number is never cut. */
const NARROW = 6;

/** A column and its width, and how narrow it may become. */
interface Width {
  readonly column: number;
  readonly width: number;
  readonly least: number;
}

/** The columns that have room, and how wide each is. */
function fitting(all: readonly Width[], width: number): Width[] {
  const room = (columns: number) => width - 1 - 3 * columns;
  const kept = [...all];
  while (kept.length > 1) {
    const gap = kept.length < all.length ? 1 : 0;
    if (kept.reduce((sum, one) => sum + one.least, gap) <= room(kept.length + gap)) break;
    kept.splice(Math.floor(kept.length / 2), 1);
  }
  const gap = kept.length < all.length ? 1 : 0;
  let surplus = kept.reduce((sum, one) => sum + one.width, gap) - room(kept.length + gap);
  while (surplus > 0) {
    const [widest] = kept.filter((one) => one.width > one.least)
      .toSorted((a, b) => b.width - a.width);
    if (!widest) break;
    const at = kept.indexOf(widest);
    kept.splice(at, 1, { ...widest, width: widest.width - 1 });
    surplus--;
  }
  if (gap > 0) kept.splice(Math.ceil(kept.length / 2), 0, { column: GAP, width: 1, least: 1 });
  return kept;
}

/** Characters of a line of the terminal that stdout is; infinite if it is none. */
export function terminalWidth(): number {
  return Deno.stdout.isTerminal() ? columns() : Infinity;
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
    const line = visibleLine(redacted(text));
    if (Deno.stderr.isTerminal()) {
      write(Deno.stderr, `\r\x1b[2K${line.slice(0, columns() - 1)}`);
      this.#visible = true;
    } else if (performance.now() - this.#shownAt >= 10_000) {
      this.#shownAt = performance.now();
      write(Deno.stderr, `${line}\n`);
    }
  }

  /** Removes it from the terminal. */
  clear(): void {
    if (this.#visible) write(Deno.stderr, "\r\x1b[2K");
    this.#visible = false;
  }
}

/** The process's status line. */
export const status = new StatusLine();

function isNumeric(value: unknown): boolean {
  return typeof value === "number" ||
    (typeof value === "string" && /^-?[\d,]+(\.\d+)?$/.test(value));
}

/** Of the terminal; one that does not know its width says 0, one that was closed nothing. */
function columns(): number {
  try {
    return Deno.consoleSize().columns || Infinity;
  } catch {
    return Infinity;
  }
}
