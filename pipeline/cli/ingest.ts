/** `ingest`: a file, with a bar on terminals. @module */
import cliProgress from "cli-progress";
import { note, number, print, printJson } from "../console.ts";
import type { FileAnswers } from "../source/answers.ts";
import type { IngestOptions } from "../house/feeds.ts";
import type { House } from "../house/house.ts";
import { isRefusal, readLines, refusalOf } from "../house/read_report.ts";
import type { IngestProgress } from "../stream/ingest.ts";
import { type AnswerFlags, answersOf } from "./answers.ts";
import { Interrupt } from "./interrupt.ts";
import { runStream } from "./stream.ts";

/** Refused rows that are shown one by one. */
const REFUSED_SHOWN = 20;

/** Reads a file into the log and, unless told otherwise, on into the ends; or shows what it would. */
export async function runIngest(
  house: House,
  options: Omit<IngestOptions, keyof FileAnswers | "dataset">,
  flags: AnswerFlags,
  { json, logOnly }: { json: boolean; logOnly: boolean },
): Promise<number> {
  const { dataset } = flags;
  const told: IngestOptions = {
    ...options,
    ...answersOf(flags),
    ...(dataset === undefined ? {} : { dataset }),
  };
  if (flags.preview) {
    const preview = await house.preview(told);
    if (json) printJson(preview);
    else print(String(preview));
    return 0;
  }
  const progress = new Progress(json);
  const onIngest = (p: IngestProgress) => progress.show(p);
  try {
    if (!logOnly) {
      const how = { onIngest, onDrain: () => progress.stop(), models: options.models ?? true };
      const source = house.fileFeed(told);
      return await runStream(house, { ...how, source, verb: "ingest" }, { json, quiet: true });
    }
    using interrupt = new Interrupt();
    const { signal } = interrupt;
    const report = await house.ingestIntoLog({ ...told, signal, onProgress: onIngest });
    progress.stop();
    if (json) printJson(report);
    else print([...readLines(report), ...refusalOf(report)].join("\n"));
    return isRefusal(report) ? 1 : 0;
  } finally {
    progress.stop();
  }
}

/** A bar on terminals, the first refused rows anywhere. */
class Progress {
  readonly #bar = new cliProgress.SingleBar({
    format: "read       {bar} {percentage}%  {accepted} accepted  {refused} refused  {part}",
    clearOnComplete: true,
    hideCursor: true,
  }, cliProgress.Presets.shades_classic);
  readonly #quiet: boolean;
  #refused = 0;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
  }

  show({ accepted, refused, share, part = "" }: IngestProgress): void {
    for (const { at, reason } of refused) {
      if (this.#refused++ < REFUSED_SHOWN) note(`refused    ${at}: ${reason}`);
      else if (this.#refused === REFUSED_SHOWN + 1) {
        note("refused    more; all of them are in the dead-letter topic, with their reasons");
      }
    }
    // The name of a cursor says what it is of: `history:yahoo:1d:IBM`.
    const counts = {
      accepted: number(accepted),
      refused: number(this.#refused),
      part: part.replace(/^history:/, "").replaceAll(":", " "),
    };
    if (!this.#quiet && !this.#bar.isActive) this.#bar.start(1000, 0, counts);
    this.#bar.update(Math.round((share ?? 0) * 1000), counts);
  }

  stop(): void {
    this.#bar.stop();
  }
}
