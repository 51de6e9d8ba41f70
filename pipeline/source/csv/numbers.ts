/** How a file writes numbers, and those numbers as JSON writes them. @module */

/** How a file writes numbers. */
export interface NumberStyle {
  readonly decimal: "." | ",";
  /** Between groups of digits, where the file has them. */
  readonly thousands: "." | "," | " " | "'" | undefined;
}

/** What the cells of a file say of its style. */
export interface StyleFound {
  readonly style: NumberStyle;
  /** A cell that can be read in two ways, where nothing else in the file decides. */
  readonly doubt?: string;
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const LOOSE_NUMBER = /^([+-]?)0*(\d*)(?:\.(\d*))?((?:[eE][+-]?\d+)?)$/;
/** Share of cells below which another style is a slip. */
const RARE = 0.05;
const CURRENCY = /[$€£¥₹₩₽]/g;
const MAGNITUDES: Readonly<Record<string, number>> = { k: 3, m: 6, b: 9, t: 12 };
/** What files write where there is no value. */
const MISSING = new Set(
  ["", "null", "(null)", "none", "nan", "na", "n/a", "#n/a", "#n/a n/a", "nil", "-", "--", "—"]
    .concat([".", "\\n", "?", "#value!", "#div/0!"]),
);

/** Whether a cell says that there is no value. */
export function isMissing(cell: string): boolean {
  const code = cell.charCodeAt(0);
  // Digits are what most cells begin with.
  if (code >= 48 && code <= 57) return false;
  return cell.length <= 8 && MISSING.has(cell.toLowerCase());
}

/**
 * Reads a number; undefined for what is none. The usual one costs one pattern; others may have a
 * sign of currency, groups of digits, and by its unit K, M, B or T for thousands to trillions of
 * shares, or a percent sign.
 */
export function readNumber(
  cell: string,
  { decimal, thousands }: NumberStyle,
  unit?: string,
): string | undefined {
  if (decimal === "." && NUMBER.test(cell)) return cell;
  let text = cell.replaceAll(CURRENCY, "").trim();
  if (unit === "percent" && text.endsWith("%")) text = text.slice(0, -1).trim();
  if (/^\(.*\)$/.test(text)) text = `-${text.slice(1, -1)}`;
  const magnitude = unit === "shares" ? MAGNITUDES[text.at(-1)?.toLowerCase() ?? ""] : undefined;
  if (magnitude !== undefined) text = text.slice(0, -1).trimEnd();
  const plain = plainNumber(withoutGroups(text, decimal, thousands));
  if (plain === undefined || magnitude === undefined) return plain;
  return /[eE]/.test(plain) ? undefined : `${plain}e${magnitude}`;
}

/** With a point, and without groups; the text as it is if it is neither. */
function withoutGroups(
  text: string,
  decimal: string,
  thousands: string | undefined,
): string {
  const [whole = "", fraction, ...more] = text.split(decimal);
  if (more.length > 0) return "?";
  const blanks = whole.replaceAll(/[\s\u00a0\u2009\u202f]/g, " ");
  const sign = thousands ?? (/\d[ ']\d{3}/.test(blanks) ? /[ ']/.exec(blanks)?.[0] : undefined);
  let digits = blanks;
  if (sign !== undefined && blanks.includes(sign)) {
    // Groups of two are those of India: 1,23,456.
    const [head = "", ...groups] = blanks.split(sign);
    const last = groups.at(-1) ?? "";
    const good = /^[+-]?[1-9]\d{0,2}$/.test(head) && last.length === 3 &&
      groups.every((group) => /^\d{2,3}$/.test(group));
    if (!good) return "?";
    digits = head + groups.join("");
  }
  return fraction === undefined ? digits : `${digits}.${fraction}`;
}

/** The digits as JSON writes them: `.5`, `5.`, `+5` and `007` become 0.5, 5, 5 and 7. */
function plainNumber(cell: string): string | undefined {
  const match = LOOSE_NUMBER.exec(cell);
  if (!match || !/\d/.test(cell.split(/[eE]/)[0] ?? "")) return undefined;
  const [, sign, whole, fraction, exponent] = match;
  return `${sign === "-" ? "-" : ""}${whole || "0"}${fraction ? `.${fraction}` : ""}${exponent}`;
}

/**
 * The style of cells that should be numbers. A mark that stands twice, or before the other one,
 * groups digits; one that stands once is the decimal sign, unless exactly three digits follow up to
 * three: that is in doubt until another cell decides.
 */
export function styleOf(
  cells: Iterable<string>,
  told: { readonly decimal?: "." | ","; readonly thousands?: NumberStyle["thousands"] } = {},
  semicolons = false,
): StyleFound {
  const seen = { ".": 0, ",": 0 };
  const doubts = new Map<string, string>();
  let spaced: " " | "'" | undefined;
  for (const cell of cells) {
    const text = cell.replaceAll(/[^\d.,' \u00a0\u2009\u202f]/g, "").trim();
    if (/\d[ \u00a0\u2009\u202f]\d{3}/.test(text)) spaced = " ";
    else if (/\d'\d{3}(?!\d)/.test(text)) {
      // 110'165 alone can be 32nds; groups are certain where there are two, or decimals behind.
      if (/'\d{3}[.,']/.test(text)) spaced = "'";
      else doubts.set("'", cell);
    }
    const marks = text.replaceAll(/[^.,]/g, "");
    const last = marks.at(-1) as "." | "," | undefined;
    if (last === undefined) continue;
    if (marks.length > 1) {
      const once = marks.indexOf(last) === marks.length - 1;
      seen[once ? last : other(last)]++;
      continue;
    }
    const [before = "", after = ""] = text.split(last);
    const group = after.length === 3 && /^[1-9]\d{0,2}$/.test(before);
    if (group) doubts.set(last, cell);
    else seen[last]++;
  }
  const decimals = usual(seen);
  const thousandsTold = told.thousands;
  const implied = thousandsTold === "." || thousandsTold === "," ? other(thousandsTold) : undefined;
  const decimal = told.decimal ?? implied ?? (decimals.has(",") && !decimals.has(".") ? "," : ".");
  const groups = thousandsTold ??
    (spaced ?? (decimals.size > 0 || told.decimal !== undefined ? other(decimal) : undefined));
  const style: NumberStyle = { decimal, thousands: groups };
  if (told.decimal !== undefined || implied !== undefined) return { style };
  if (decimals.size === 2) return { style, doubt: "both . and , as decimal signs" };
  const apostrophe = spaced === "'" || thousandsTold === "'" ? undefined : doubts.get("'");
  if (decimals.size === 1) return apostrophe ? { style, doubt: apostrophe } : { style };
  const doubt = doubts.get(",") ?? (spaced === "'" ? undefined : doubts.get("'")) ??
    (semicolons ? doubts.get(".") : undefined);
  return doubt === undefined ? { style } : { style, doubt };
}

/** The signs that stand for decimals; a rare one beside the other is a slip, which its row is refused for. */
function usual(seen: Readonly<Record<"." | ",", number>>): Set<"." | ","> {
  const total = seen["."] + seen[","];
  return new Set(([".", ","] as const).filter((mark) => seen[mark] > total * RARE));
}

function other(mark: "." | ","): "." | "," {
  return mark === "." ? "," : ".";
}

/** A number as identities have it: without quotes, and without zeros that mean nothing. */
export function plain(json: string): string {
  const text = json.startsWith('"') ? json.slice(1, -1) : json;
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
