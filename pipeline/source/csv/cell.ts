/** The text of a cell. @module */

/** Look-alikes of blanks, and marks that show nothing. */
const EDGES =
  /^[\s\u00a0\u200b-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]+|[\s\u00a0\u200b-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]+$/g;
const ASCII_PRINTABLE_FIRST = 33;
const ASCII_PRINTABLE_LAST = 126;

/** The cell without blanks around it, of whatever kind, and without marks that show nothing. */
export function cleanCell(cell: string): string {
  if (isPlain(cell.charCodeAt(0)) && isPlain(cell.charCodeAt(cell.length - 1))) return cell;
  return cell.replaceAll(EDGES, "");
}

/** NaN, of an empty cell, is not plain either. */
function isPlain(code: number): boolean {
  return code >= ASCII_PRINTABLE_FIRST && code <= ASCII_PRINTABLE_LAST;
}
