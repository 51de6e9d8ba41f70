/** The ids of the first rows, compared before a row is stored. @module */
import type { FileFormat } from "../formats/format.ts";
import { actionOf, isOfAnother } from "./action.ts";
import { cleanCell } from "./cell.ts";
import type { Layout } from "./columns.ts";
import { type IdForm, KnownIds } from "./known_ids.ts";
import { isMissing, plain } from "./numbers.ts";
import type { Written } from "./time.ts";
import { uncertain } from "./uncertain.ts";

/** As a spreadsheet shows a long number. */
const LOST = /^\d[.,]\d+E\+\d+$/i;
const LEAVE_OUT = "leave the column out: --map trade_id=-";

/** What the ids of the file are made of; undefined without ids, or if its format says all are unique. */
export function idFormOf(
  { cells, constants }: Layout,
  format: FileFormat | undefined,
): IdForm | undefined {
  if (!cells.has("trade_id") || format?.uniqueIds) return undefined;
  return { byDay: true, byVenue: cells.has("venue") || constants.has("venue") };
}

/** What of the first rows is known before their ids are compared. */
interface IdContext {
  readonly written: readonly (Written | undefined)[];
  readonly idForm: IdForm | undefined;
  readonly format: FileFormat | undefined;
}

/** An id that stands for several trades names none, and without ids nothing is cancelled. */
export function assertIds(
  { cells, constants, dataset, header, madeId }: Layout,
  rows: readonly (readonly string[])[],
  { written, idForm, format }: IdContext,
): void {
  const index = cells.get("trade_id") ?? -1;
  const known = idForm && new KnownIds(idForm, cells.has("action"));
  for (const [i, row] of rows.entries()) {
    const of = (name: string) => {
      const text = constants.get(name) ?? cleanCell(row[cells.get(name) ?? -1] ?? "");
      return isMissing(text) ? "" : text;
    };
    const action = actionOf(of("action"), format?.values?.["action"]);
    if (madeId && format?.columns?.["trade_id"] !== null && isOfAnother(action)) {
      throw uncertain(
        header[cells.get("action") ?? -1] ?? "action",
        of("action"),
        "a cancel or correction names its trade by its id, and ids are missing or left out",
        "name their column: --map trade_id=Name; or leave out what was cancelled and corrected",
      );
    }
    const id = of("trade_id");
    if (LOST.test(id)) {
      throw uncertain(header[index] || "trade_id", id, "the digits of the ids are lost", LEAVE_OUT);
    }
    const time = written[i];
    if (!known || id === "" || time === undefined) continue;
    const named = known.take({
      ...{ symbol: of(dataset.key), id, venue: idForm.byVenue ? of("venue") : "", action },
      ...{ us: time.localUs - (time.offsetUs ?? 0), sequence: of("sequence") },
      ...{ price: plain(of("price")), size: plain(of("size")) },
    }, i);
    if ("fault" in named && named.fault === "two trades") {
      throw uncertain(
        header[index] || "trade_id",
        id,
        "it names several trades, and neither action nor sequence says that they are versions of one",
        idForm.byVenue
          ? LEAVE_OUT
          : `${LEAVE_OUT}, or name that of the venue, if ids are unique to it: --map venue=Name`,
      );
    }
  }
}
