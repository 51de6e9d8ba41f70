/** Sale conditions in a cell: a list of codes, or the field of the consolidated tapes. @module */
import { cleanCell } from "./cell.ts";

/** What the tapes' field can hold: codes of one character, some blanks of it gone, or one too many. */
const FIELD = /^[@A-Z1-9 ]{1,5}$/;
const CODES_MAX = 4;
/** The whole field: of its first place, the settlement, few codes are known. */
const WHOLE_FIELD = /^[@CNR ][@A-Z1-9 ]{3}$/;

/**
 * Whether each character of a column is a code, by its place and without separators, as in CTS and
 * UTP: `@ TI` is `@`, `T` and `I`. Only the tapes have `@`, the regular sale; without it, all cells
 * must have the width of their field.
 */
export function arePacked(cells: readonly string[]): boolean {
  const filled = cells.filter((cell) => cell.trim() !== "");
  return filled.some((cell) => /[^\s]{2}/.test(cell)) &&
    filled.every((cell) => isField(cleanCell(cell))) &&
    (filled.some((cell) => cell.includes("@")) || cells.every((cell) => WHOLE_FIELD.test(cell)));
}

/** The codes with one space between them, however the file has them, as in `['@', 'I']`. */
export function codesOf(cell: string, packed: boolean): string {
  const codes = packed && isField(cell) ? [...cell] : cell.split(/[\s,;|[\]'"]+/);
  return codes.filter((code) => code.trim() !== "").join(" ");
}

function isField(cell: string): boolean {
  return FIELD.test(cell) && cell.replaceAll(" ", "").length <= CODES_MAX;
}
