/**
 * What makes a feed known by its name: its help text, the settings of its own, and how it is opened.
 * @module
 */
import type { Config } from "../config/config.ts";
import type { Setting } from "../config/setting.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { FileAnswers } from "./answers.ts";
import type { Source } from "./source.ts";

/** What a feed is opened with. */
export interface SourceContext {
  /** The settings in force. */
  readonly config: Config;
  /** All that records can be of. */
  readonly datasets: readonly Dataset[];
  /** The values of the entry's own settings, by their names in it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Told what a person should know but need not fix. */
  readonly onNote: (text: string) => void;
}

/** What a run asks of a feed, whichever it is; each takes what means something to it. */
export interface SourceOptions extends FileAnswers {
  /** End after this many records. Default: never, or with the file. */
  readonly limit?: number;
  /** The file to read. */
  readonly file?: string;
  /** The dataset of a file. Default: the one that its header fits. */
  readonly dataset?: string;
  /** Replay in event time, this many times as fast. Default: as fast as it goes. */
  readonly pace?: number;
  /** Read a file from its start, also if it was read before. Default: false. */
  readonly again?: boolean;
}

/** Opens a feed: what `stream({ source })` takes beside a name. */
export type SourceSpec = (context: SourceContext) => Source | Promise<Source>;

/** A feed by its name. */
export interface SourceEntry {
  /** As `--source` says it. */
  readonly name: string;
  /** For the help: what it feeds, without a full stop. */
  readonly meaning: string;
  /** Whether it reads a file, as `ingest` does. Default: false. */
  readonly readsFile?: boolean;
  /** Settings beside those of tickhouse, by the names that `SourceContext.settings` has. */
  readonly settings?: Readonly<Record<string, Setting>>;
  /** Throws `OPTION_INVALID` for options that it can't do with. */
  open(options: SourceOptions): SourceSpec;
}
