/** What a row of a file does to its trade. @module */

/** What files call it. */
const ACTIONS: Readonly<Record<string, string>> = {
  ...{ n: "new", new: "new", t: "new", trade: "new", insert: "new", add: "new" },
  ...{ correct: "correct", correction: "correct", corrected: "correct", amend: "correct" },
  ...{ replace: "correct", update: "correct" },
  ...{ cancel: "cancel", cancelled: "cancel", canceled: "cancel", bust: "cancel" },
  ...{ busted: "cancel", delete: "cancel", deleted: "cancel" },
};

/** The action that a cell names, as the format or files in general call it; else the cell. */
export function actionOf(cell: string, named?: Readonly<Record<string, string>>): string {
  return named ? named[cell] ?? cell : ACTIONS[cell.toLowerCase()] ?? cell;
}

/** Whether a record with that action is about a trade that another one brought. */
export function isOfAnother(action: string): boolean {
  return action === "correct" || action === "cancel";
}
