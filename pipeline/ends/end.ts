/**
 * The port of an end: where records go from the log. The lake, the warehouse and Snowflake are
 * ends, and so is what you give to `open({ ends })`.
 * @module
 */
import type { Broker } from "../broker/broker.ts";
import type { Codec } from "../codec/codec.ts";
import type { Config } from "../config/config.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { DuckDbSession } from "../duckdb/engine/file.ts";
import type { SideOf } from "../reconcile/side.ts";
import type { DeadLetterQueue, Sink } from "../sink/sink.ts";
import type { SqlSession } from "../sql/session.ts";
import type { ObjectStore } from "../store/store.ts";
import type { BatchPolicy } from "../stream/held.ts";

/** What an end is opened with. */
export interface EndContext {
  /** The settings in force. */
  readonly config: Config;
  /** Between messages and lines. */
  readonly codec: Codec;
  /** What is carried, on the topics that the configuration names. */
  readonly datasets: readonly Dataset[];
  /** All that records can be of: each has its table in a warehouse. */
  readonly declared: readonly Dataset[];
  /** Opens the object store that the configuration names; who opens it closes it. */
  openStore(): Promise<ObjectStore>;
}

/** The same for an end that is streamed into. */
export interface StreamContext extends EndContext {
  /** The log. */
  readonly broker: Broker;
  /** Keeps what the end gives up. */
  readonly deadLetters: DeadLetterQueue;
}

/** An end as it is compared with the log. */
export interface ComparedEnd extends AsyncDisposable {
  /** Makes its side of the comparison. */
  readonly side: SideOf;
}

/** An end as it is streamed into, and compared afterwards. */
export interface OpenEnd extends ComparedEnd {
  /** When a sink writes. */
  readonly policy: BatchPolicy;
  /** Opens a sink for one dataset; it is closed before the end is. */
  sink(dataset: Dataset): Promise<Sink>;
  /** The offset that the end takes next of a partition, before any sink is opened. */
  position(topic: string, partition: number): Promise<number>;
  /** Where models are built and queries answered while streaming. Default: nowhere. */
  readonly engine?: Engine;
}

/** A DuckDB that streams, as models and readers share it. */
export interface Engine extends Pick<SqlSession, "query"> {
  /** Opens a connection of its own. */
  session(): Promise<DuckDbSession>;
  /** Where its short-lived files are. */
  readonly folder: string;
}

/** Somewhere that records end. */
export interface End {
  /** Names it in `TICKHOUSE_SINKS`, in groups, dead letters and reports; a plain word. */
  readonly name: string;
  /** As it is named in a sentence, such as "the lake". */
  readonly spoken: string;
  /** Milliseconds that records may wait until they are written. */
  waitMs(config: Config): number;
  /** What is said of the rows it took. Default: "loaded" and "into" its spoken name. */
  readonly took?: { readonly verb: string; readonly where: string };
  /** Opens it to be streamed into. */
  open(context: StreamContext): Promise<OpenEnd>;
  /**
   * Asks what it holds, or who answers, as a sentence without a full stop; undefined if nothing is
   * configured. Throws what is wrong.
   */
  probe(context: EndContext): Promise<string | undefined>;
  /** Opens it to be compared with the log, also while another process writes it. */
  compare(context: EndContext): Promise<ComparedEnd>;
}
