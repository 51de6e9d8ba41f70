/**
 * What makes a feed known by its name: its help text, the settings of its own, and how it is opened.
 * @module
 */
import type { Packed } from "../batch.ts";
import type { Broker } from "../broker/broker.ts";
import type { Calendar } from "../calendar/calendar.ts";
import type { Clock } from "../clock.ts";
import type { Decoded } from "../codec/codec.ts";
import type { Config } from "../config/config.ts";
import type { Setting } from "../config/setting.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { FileAnswers } from "./answers.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { MetadataStore } from "../metadata/metadata.ts";
import type { ObjectStore } from "../store/store.ts";
import type { Source } from "./source.ts";

/** The topics of others, for a feed that reads them. */
export interface TopicAccess {
  /** A client that reads them; who opens it closes it. */
  readonly open: () => Promise<
    Pick<Broker, "offsets" | "read" | "topic" | "topics"> & AsyncDisposable
  >;
  /** Topics of the same log that tickhouse itself writes. */
  readonly own: readonly string[];
  /** The mappings that are declared, before those that are built in. Throws `MAPPING_INVALID`. */
  readonly mappings: () => Promise<readonly Mapping[]>;
  /** Messages of a format as lines of JSON. */
  readonly toLines: (format: "json" | "avro") => (values: Packed) => Promise<Decoded>;
}

/** What feeds of providers share; who opens the house closes it. */
export interface ProviderAccess {
  /** What is known of what was fetched. */
  readonly metadata: () => Promise<MetadataStore>;
  /** The raw bucket, where answers are kept as they came. */
  readonly store: () => Promise<ObjectStore>;
  /** When exchanges trade. */
  readonly calendar: () => Calendar;
  /** Folder where this machine keeps who has asked a provider when. */
  readonly paces: string;
  /** The dataset of that name on the topic that the settings name; undefined if it is not carried. */
  readonly carried: (name: string) => Dataset | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

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
  /** The topics of others. Default: none can be read. */
  readonly topics?: TopicAccess;
  /** What feeds of providers share. Default: none can be opened. */
  readonly providers?: ProviderAccess;
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
  /** The topic of others to read, by its full name. */
  readonly topic?: string;
  /** How its messages become records: a mapping, or the name of one. Default: that of the topic. */
  readonly mapping?: string | Mapping;
  /** End where the topic ended when the run began. Default: go on as messages come. */
  readonly toEnd?: boolean;
  /** Instruments of a provider, as it writes them. Default: `TICKHOUSE_SYMBOLS`. */
  readonly symbols?: readonly string[];
  /** Of a provider's history: the first day, `YYYY-MM-DD`. Default: where an earlier run ended. */
  readonly from?: string;
  /** Of a provider's history: the last day, included. Default: now. */
  readonly to?: string;
  /** Fetch a provider's history and end, instead of going on as it trades. Default: false. */
  readonly history?: boolean;
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
  /** Whether it fetches history, as `ingest --symbols` does. Default: false. */
  readonly readsHistory?: boolean;
  /** Settings beside those of tickhouse, by the names that `SourceContext.settings` has. */
  readonly settings?: Readonly<Record<string, Setting>>;
  /** Throws `OPTION_INVALID` for options that it can't do with. */
  open(options: SourceOptions): SourceSpec;
}
