/** What a trade's conditions let it set. @module */
import type { ReferenceData, Row } from "./reference_data.ts";

type May = "yes" | "no" | "extended";
/** Of a closing auction, of no regular session, or neither. */
export type Kind = "normal" | "extended" | "close";

/** What a trade may set; `extended` only outside of the regular session. */
export interface Rule {
  readonly kind: Kind;
  readonly highLow: May;
  readonly last: May;
  readonly volume: May;
}

/** The rule of the trades of a source with these conditions. */
export function ruleOf(data: ReferenceData, source: string, conditions: string | null): Rule {
  const listed = data.sources.find((row) => row.source === source);
  const set = listed?.condition_set ?? source;
  const rows = (conditions ?? "").split(" ").flatMap((code) =>
    data.conditions.filter((row) => row.condition_set === set && row.condition === code)
  );
  const kinds = rows.map((row) => row.kind);
  return {
    kind: kinds.includes("extended") ? "extended" : kinds.includes("close") ? "close" : "normal",
    highLow: strictest(rows, "high_low"),
    last: strictest(rows, "last"),
    volume: strictest(rows, "volume"),
  };
}

/** What a rule allows in a session. */
export function allows(may: May, session: string): boolean {
  return may === "yes" || (may === "extended" && session !== "regular");
}

function strictest(rows: readonly Row[], column: string): May {
  const all = rows.map((row) => row[column]);
  return all.includes("no") ? "no" : all.includes("extended") ? "extended" : "yes";
}
