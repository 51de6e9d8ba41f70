/**
 * The streaming sink: a channel of Snowpipe Streaming a partition, whose offset token is the position.
 * @module
 */
import { delay } from "@std/async";
import type { RecordBatch } from "../../batch.ts";
import type { Codec } from "../../codec/codec.ts";
import type { Dataset } from "../../datasets/dataset.ts";
import { streamingPipe } from "../ddl.ts";
import { logReplaced, PositionConflict, TickhouseError } from "../../errors.ts";
import type { DeadLetterQueue, Sink, WriteReport } from "../../sink/sink.ts";
import type { SnowflakeOptions } from "../options.ts";
import { Channels, isTaken } from "./channels.ts";
import { RestError, type RestOptions } from "../rest.ts";
import { type RowChunk, StreamRows } from "./stream_rows.ts";

/** How rows are streamed. */
export interface StreamingSinkOptions {
  readonly snowflake: SnowflakeOptions;
  readonly dataset: Dataset;
  readonly codec: Codec;
  readonly deadLetters: DeadLetterQueue;
  /** `schema.pipe`. Default: the one that the migrations make for the dataset. */
  readonly pipe?: string;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
  /** Bytes of a request before compression. Default: 4 MiB; Snowflake takes 16 MB. */
  readonly requestBytesMax?: number;
  /** Seconds until rows must be committed. Default: 60; Snowflake says 5 to 10. */
  readonly commitS?: number;
  readonly rest?: RestOptions;
  /** Folder for short-lived files. Default: the system's temporary folder. */
  readonly spoolFolder?: string;
}

/** A channel that this sink opened, as far as it knows. */
interface Channel {
  continuationToken: string;
  /** The offset that the next rows start at. */
  position: number;
  /** Rows that Snowflake refused before. */
  readonly errors: number;
}

/** The first and the longest pause between two looks at a channel. */
const POLL_MS = 50;
const POLL_MS_MAX = 1000;

/**
 * A `Sink` by Snowpipe Streaming. Whoever opens a channel takes it from the one before: that fences
 * two workers. A batch of more than `requestBytesMax` is kept in pieces, each whole: after a failure
 * the position may be within it, never wrong.
 */
export class StreamingSink implements Sink {
  readonly name = "snowflake";
  readonly #options: StreamingSinkOptions;
  readonly #channels: Channels;
  readonly #rows: StreamRows;
  readonly #pipe: string;
  readonly #open = new Map<string, Channel>();

  private constructor(options: StreamingSinkOptions, rows: StreamRows) {
    this.#options = options;
    this.#rows = rows;
    this.#channels = new Channels(options.snowflake, options.rest);
    this.#pipe = options.pipe ?? streamingPipe(options.dataset);
  }

  /** Throws `SNOWFLAKE_OPTIONS`. Connects when first used. */
  static async open(options: StreamingSinkOptions): Promise<StreamingSink> {
    const { dataset, codec, deadLetters, now = Date.now, spoolFolder } = options;
    const bytesMax = options.requestBytesMax ?? 4 * 2 ** 20;
    const rows = await StreamRows.open({
      ...{ dataset, codec, deadLetters, now, spoolFolder, bytesMax },
    });
    try {
      return new StreamingSink(options, rows);
    } catch (error) {
      await rows[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A channel of its own keeps the log's id as its token; those of partitions get theirs first. */
  async claim(topic: string, logId: string, beginnings: readonly number[] = []): Promise<void> {
    const channel = `${channelName(topic)}_log`;
    const known = await this.#channels.status(this.#pipe, channel);
    if (known?.offsetToken === undefined) {
      for (const [partition, offset] of beginnings.entries()) {
        if (offset === 0 || await this.position(topic, partition) > 0) continue;
        await this.#channels.open(
          this.#pipe,
          channelName(topic, partition),
          offsetToken(offset - 1),
        );
      }
      await this.#channels.open(this.#pipe, channel, logId);
    }
    const kept = await this.#channels.status(this.#pipe, channel);
    if (kept?.offsetToken !== logId) throw logReplaced(this.name, topic);
  }

  async position(topic: string, partition: number): Promise<number> {
    const status = await this.#channels.status(this.#pipe, channelName(topic, partition));
    return positionAfter(status?.offsetToken);
  }

  async write(batches: readonly RecordBatch[]): Promise<WriteReport> {
    const opened: [batch: RecordBatch, channel: Channel][] = [];
    try {
      for (const batch of batches) opened.push([batch, await this.#channelFor(batch)]);
      const { chunks, report } = await this.#rows.encode(batches);
      for (const [batch, channel] of opened) await this.#append(batch, channel, chunks);
      for (const [batch, channel] of opened) await this.#untilCommitted(batch, channel);
      return report;
    } catch (error) {
      // What is under way is settled by reopening the channels.
      for (const { topic, partition } of batches) this.#open.delete(channelName(topic, partition));
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rows[Symbol.asyncDispose]();
  }

  /** The batch's channel, open and standing where the batch starts; else a `PositionConflict`. */
  async #channelFor(batch: RecordBatch): Promise<Channel> {
    const { topic, partition, startOffset } = batch;
    const name = channelName(topic, partition);
    const known = this.#open.get(name);
    if (known?.position === startOffset) return known;
    // Looked at first: opening it would take it from one who rightly has it.
    const position = await this.position(topic, partition);
    if (position !== startOffset) throw this.#conflict(batch, position);
    const { continuationToken, status } = await this.#channels.open(this.#pipe, name);
    const found = positionAfter(status.offsetToken);
    if (found !== startOffset) throw this.#conflict(batch, found);
    const channel = { continuationToken, position: startOffset, errors: status.errors };
    this.#open.set(name, channel);
    return channel;
  }

  /** Sends the batch's rows. The last token covers all of the batch, dead letters and gaps too. */
  async #append(
    batch: RecordBatch,
    channel: Channel,
    chunks: readonly RowChunk[],
  ): Promise<void> {
    const own = chunks.filter(({ partition }) => partition === batch.partition);
    const name = channelName(batch.topic, batch.partition);
    try {
      for (const [index, { lastOffset, lines }] of own.entries()) {
        const last = index === own.length - 1 ? batch.nextOffset - 1 : lastOffset;
        channel.continuationToken = await this.#channels.append(
          this.#pipe,
          name,
          channel.continuationToken,
          offsetToken(last),
          lines,
        );
      }
      if (own.length === 0) await this.#pass(name, channel, offsetToken(batch.nextOffset - 1));
    } catch (error) {
      if (!isTaken(error)) throw error;
      throw this.#conflict(batch, await this.position(batch.topic, batch.partition), error);
    }
    channel.position = batch.nextOffset;
  }

  /** Moves the position over records that became no rows. */
  async #pass(name: string, channel: Channel, token: string): Promise<void> {
    try {
      const { continuationToken } = channel;
      channel.continuationToken = await this.#channels.append(
        this.#pipe,
        name,
        continuationToken,
        token,
        "",
      );
    } catch (error) {
      if (isTaken(error) || !(error instanceof RestError) || error.status !== 400) throw error;
      // A service that takes no empty request takes the token with an opening.
      const { continuationToken } = await this.#channels.open(this.#pipe, name, token);
      channel.continuationToken = continuationToken;
    }
  }

  /** Waits until the batch is in the table. Accepted rows are not: they may yet be dropped. */
  async #untilCommitted(batch: RecordBatch, channel: Channel): Promise<void> {
    const { topic, partition, nextOffset } = batch;
    const deadline = performance.now() + (this.#options.commitS ?? 60) * 1000;
    const { signal } = this.#options.rest ?? {};
    for (let pauseMs = POLL_MS;; pauseMs = Math.min(2 * pauseMs, POLL_MS_MAX)) {
      const status = await this.#channels.status(this.#pipe, channelName(topic, partition));
      if (status && status.errors > channel.errors) {
        throw rowsRefused(batch, status.errors - channel.errors, status.lastError);
      }
      if (positionAfter(status?.offsetToken) >= nextOffset) return;
      if (performance.now() > deadline) throw notCommitted(batch);
      await delay(pauseMs, signal ? { signal } : {});
    }
  }

  #conflict(batch: RecordBatch, position: number, cause?: unknown): PositionConflict {
    const { topic, partition, startOffset } = batch;
    const conflict = new PositionConflict(this.name, topic, partition, startOffset, position);
    if (cause !== undefined) conflict.cause = cause;
    return conflict;
  }
}

/** Tokens are compared as text by people and programs: all of one length. */
function offsetToken(offset: number): string {
  return String(offset).padStart(20, "0");
}

function positionAfter(token: string | undefined): number {
  return token === undefined ? 0 : Number(token) + 1;
}

/** Of letters, digits and `_`; what else a topic's name holds is written by its code. */
function channelName(topic: string, partition?: number): string {
  const plain = topic.replaceAll(/[^A-Za-z0-9]/g, (c) => `_${c.charCodeAt(0).toString(16)}_`);
  return partition === undefined ? plain : `${plain}_p${partition}`;
}

function rowsRefused(batch: RecordBatch, count: number, said: string): TickhouseError {
  const range = `${batch.topic}/${batch.partition} offsets ${batch.startOffset} to ` +
    `${batch.nextOffset - 1}`;
  return new TickhouseError(
    "STREAM_ROWS_REFUSED",
    `Snowflake refused ${count} rows of ${range}: ${said}`,
    {
      field: "snowflake",
      fix: "compare the bronze table with sql/snowflake/, then load the offsets that " +
        "`deno task reconcile` names as missing from the lake",
    },
  );
}

function notCommitted({ topic, partition, nextOffset }: RecordBatch): TickhouseError {
  return new TickhouseError(
    "STREAM_NOT_COMMITTED",
    `${topic}/${partition} up to offset ${nextOffset - 1} was sent and is not committed`,
    {
      field: "snowflake",
      kind: "transient",
      fix: "look at the channel (SHOW CHANNELS); the position tells what is there",
    },
  );
}
