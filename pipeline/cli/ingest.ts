import cliProgress from "cli-progress";
import type { Config } from "../config/config.ts";
import { datasetNamed } from "../datasets/datasets.ts";
import { TickhouseError } from "../errors.ts";
import { csvSource } from "../source/csv/csv.ts";
import { ingest, type IngestProgress } from "../stream/ingest.ts";
import { openBroker, openCodec } from "./adapters.ts";
import { note, number, print, printJson } from "./console.ts";
import { Interrupt } from "./interrupt.ts";
import { runStream } from "./stream.ts";

/** What `ingest` may be told. */
export interface IngestFlags {
  readonly file: string;
  readonly source: string;
  readonly dataset?: string | undefined;
  readonly pace?: number | undefined;
  readonly set?: readonly string[] | undefined;
  readonly dateOrder?: string | undefined;
  readonly separator: string;
  readonly logOnly: boolean;
  readonly json: boolean;
}

/** Refused rows that are shown one by one. */
const REFUSED_SHOWN = 20;

/** Reads a file into the log and, unless told otherwise, on into lake and warehouse. */
export async function runIngest(config: Config, flags: IngestFlags): Promise<number> {
  const source = await openFile(flags);
  const progress = new Progress(flags.json);
  const onIngest = (p: IngestProgress) => progress.show(p);
  try {
    if (!flags.logOnly) {
      const how = {
        dashboard: false,
        models: true,
        untilExhausted: true,
        json: flags.json,
        onIngest,
        onDrain: () => progress.stop(),
      };
      return await runStream(config, source, how);
    }
    using interrupt = new Interrupt();
    await using broker = await openBroker(config);
    const codec = openCodec(config);
    const { signal } = interrupt;
    const report = await ingest({ source, broker, codec, signal, onBatch: onIngest });
    progress.stop();
    if (flags.json) printJson(report);
    else print(`read       ${number(report.accepted)} records, ${number(report.refused)} refused`);
    return 0;
  } finally {
    progress.stop();
  }
}

function openFile(flags: IngestFlags) {
  if (flags.source !== "csv") {
    throw new TickhouseError("OPTION_INVALID", "there is no such source of files", {
      field: "--source",
      value: flags.source,
      mend: "use csv",
    });
  }
  return csvSource({
    path: flags.file,
    separator: flags.separator,
    defaults: Object.fromEntries((flags.set ?? []).map(assignment)),
    onNotice: (text) => note(`note       ${text}`),
    ...(flags.dataset === undefined ? {} : { dataset: datasetNamed(flags.dataset) }),
    ...(flags.pace === undefined ? {} : { pace: { speed: flags.pace } }),
    ...(flags.dateOrder === undefined ? {} : { dateOrder: dateOrder(flags.dateOrder) }),
  });
}

function assignment(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new TickhouseError("OPTION_INVALID", "not of the form column=value", {
    field: "--set",
    value: text,
    mend: "write such as --set symbol=AAPL",
  });
}

function dateOrder(text: string): "dmy" | "mdy" {
  if (text === "dmy" || text === "mdy") return text;
  throw new TickhouseError("OPTION_INVALID", "not an order of day and month", {
    field: "--date-order",
    value: text,
    mend: "use dmy or mdy",
  });
}

/** A bar on terminals, the first refused rows anywhere. */
class Progress {
  readonly #bar = new cliProgress.SingleBar({
    format: "read       {bar} {percentage}%  {accepted} accepted  {refused} refused",
    clearOnComplete: true,
    hideCursor: true,
  }, cliProgress.Presets.shades_classic);
  #refused = 0;

  constructor(quiet: boolean) {
    if (!quiet) this.#bar.start(1000, 0, { accepted: 0, refused: 0 });
  }

  show({ accepted, refused, share }: IngestProgress): void {
    for (const { at, reason } of refused) {
      if (this.#refused++ < REFUSED_SHOWN) note(`refused    ${at}: ${reason}`);
      else if (this.#refused === REFUSED_SHOWN + 1) {
        note("refused    more; all of them are in the dead-letter topic, with their reasons");
      }
    }
    const counts = { accepted: number(accepted), refused: number(this.#refused) };
    this.#bar.update(Math.round((share ?? 0) * 1000), counts);
  }

  stop(): void {
    this.#bar.stop();
  }
}
