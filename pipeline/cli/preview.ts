/** `preview`: a topic of others, looked at. @module */
import { note, print, printJson } from "../console.ts";
import type { House } from "../house/house.ts";
import type { PreviewOptions } from "../house/preview.ts";

/** What the command line adds to the options of a preview. */
export interface PreviewFlags {
  readonly json: boolean;
  /** Print the mapping alone, for a file; what is to be asked goes to standard error. */
  readonly propose: boolean;
}

/** Prints what is in the topic, or the mapping alone. */
export async function runPreview(
  house: House,
  options: PreviewOptions,
  { json, propose }: PreviewFlags,
): Promise<number> {
  const report = await house.preview(options);
  if (propose) {
    printJson(report.mapping);
    for (const { question, key } of report.questions) {
      note(`question   ${question}\n           ${key}`);
    }
  } else if (json) printJson(report);
  else print(String(report));
  return 0;
}
