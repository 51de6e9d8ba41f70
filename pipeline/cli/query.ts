/** `query`: one statement that reads. @module */
import { note, print, printJson, table, terminalWidth } from "../console.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import type { House } from "../house/house.ts";
import { toObjects } from "../read/reader.ts";
import type { Dialect } from "../sql/names.ts";
import type { Result } from "../sql/session.ts";

/** Runs one statement and prints its rows. */
export async function runQuery(
  house: House,
  sql: string,
  { target, json, full }: { target: Dialect; json: boolean; full: boolean },
): Promise<number> {
  const result = await ask(house, sql, target);
  if (json) {
    printJson(toObjects(result));
    return 0;
  }
  const head = result.columns.map((c) => c.name);
  const whole = table(head, result.rows);
  const cut = full ? whole : table(head, result.rows, terminalWidth());
  print(cut);
  if (cut !== whole) note("cut to the terminal's width: --full shows all");
  return 0;
}

async function ask(house: House, sql: string, target: Dialect): Promise<Result> {
  try {
    return await house.query(sql, [], target);
  } catch (cause) {
    if (cause instanceof TickhouseError) throw cause;
    throw new TickhouseError("QUERY_FAILED", messageOf(cause), { cause });
  }
}
