/**
 * Turns batches of a topic's messages into lines of a dataset by a mapping, inside DuckDB: no object
 * is made per message, but where one is in doubt.
 * @module
 */
import { countOf, type KeyedValues, offsetAt, Packed, type RecordBatch } from "../batch.ts";
import type { Decoded } from "../codec/codec.ts";
import { isBadInput } from "../decode/decoder.ts";
import { discard, type Spool } from "../decode/spool.ts";
import type { SqlSession } from "../sql/session.ts";
import type { CheckedMapping } from "./mapping.ts";
import { mark, unmark } from "./marked.ts";
import { hasTwice, isReadable, packedLines, quotedLine } from "./lines.ts";
import { pathText } from "./path.ts";
import {
  groupedSql,
  type Messages,
  rowsSql,
  shapesOfTextsSql,
  shapesSql,
  type State,
} from "./sql.ts";

/** A message, or one record of its list, that is no record of the dataset. */
export interface Refusal {
  /** Where it stood, such as `partition 1 offset 17`. */
  readonly at: string;
  /** What is wrong, naming field and value. */
  readonly reason: string;
  /** The message, byte for byte. */
  readonly raw: Uint8Array<ArrayBuffer>;
}

/** What came of the messages of a batch: each is in one of the counts, or gave records or refusals. */
export interface Mapped {
  /** Messages that there were. */
  readonly messages: number;
  /** By key, in the order of the log. */
  readonly records: readonly KeyedValues[];
  /** What was no record, with the message byte for byte. */
  readonly refused: readonly Refusal[];
  /** Messages that the mapping says are no records, or that hold an empty list. */
  readonly skipped: number;
  /** Messages of other mappings of the topic. */
  readonly elsewhere: number;
  /** Records whose time named no zone. */
  readonly locals: number;
  /** Records whose time was finer than the dataset keeps it. */
  readonly cuts: number;
  /** Names in the messages, by place, that no column is filled from. */
  readonly unused: readonly string[];
}

/** What a mapper works with. */
export interface MapperOptions {
  readonly checked: CheckedMapping;
  /** Messages as lines of JSON; see `Codec.toLines`. */
  readonly toLines: (values: Packed) => Promise<Decoded>;
  readonly session: SqlSession;
  readonly spool: Spool;
  /** What identities begin with that are made of the place in the topic. */
  readonly origin: string;
}

/** A record, or why there is none, of a message. */
export interface Row {
  readonly message: number;
  readonly item: number;
  readonly state: State | "refused";
  readonly key: string;
  /** The record's line, or the reason. */
  readonly text: string;
  readonly local: boolean;
  readonly cut: boolean;
}

/** Maps the messages of one topic. */
export class Mapper {
  readonly #options: MapperOptions;
  /** Of the messages read last. */
  readonly #shapes = new Set<string>();

  constructor(options: MapperOptions) {
    this.#options = options;
  }

  /** Whether a message itself is the list of records. */
  get #inMessage(): boolean {
    return this.#options.checked.list?.length === 0;
  }

  /** What the messages of one partition are. */
  async map(batch: RecordBatch): Promise<Mapped> {
    this.#shapes.clear();
    const { lines, failures } = await this.#options.toLines(batch.values);
    const quick = failures.size === 0 && isReadable(lines, this.#inMessage)
      ? await this.#grouped(batch, lines)
      : undefined;
    if (quick) return quick;
    return await this.#byRow(batch, lines, failures);
  }

  /** What every message became, for a look at a few of them. */
  async rows(batch: RecordBatch): Promise<readonly Row[]> {
    this.#shapes.clear();
    const { lines, failures } = await this.#options.toLines(batch.values);
    return await this.#judge(batch, lines, failures);
  }

  /** All in one query; undefined if some are in doubt. */
  async #grouped(batch: RecordBatch, lines: Packed): Promise<Mapped | undefined> {
    const { checked, session, spool } = this.#options;
    const file = spool.write([lines.bytes], "ndjson");
    try {
      if (await this.#anyTwice(file)) return undefined;
      const sql = { checked, marked: false };
      const { rows } = await session.query(groupedSql(sql, this.#messages(batch, file)));
      const of = (state: State) => rows.filter(([one]) => one === state);
      const sum = (found: typeof rows, column: number) =>
        found.reduce((total, row) => total + Number(row[column]), 0);
      // Names of columns: _state, _key, _lines, _count, _first, _messages, _locals, _cuts.
      const odd = ["doubt", "strange", "no list"] as const;
      if (sum(rows, 4) !== countOf(batch) || odd.some((state) => of(state).length > 0)) {
        return undefined;
      }
      return {
        messages: countOf(batch),
        records: of("good").map(([, key, lines]) => ({
          key: String(key),
          values: packedLines(String(lines)),
        })),
        refused: [],
        skipped: sum([...of("skipped"), ...of("empty")], 4),
        elsewhere: sum(of("elsewhere"), 4),
        locals: sum(of("good"), 6),
        cuts: sum(of("good"), 7),
        unused: this.unused,
      };
    } catch (error) {
      if (isBadInput(error)) return undefined;
      throw error;
    } finally {
      discard(file);
    }
  }

  async #byRow(
    batch: RecordBatch,
    lines: Packed,
    failures: ReadonlyMap<number, string>,
  ): Promise<Mapped> {
    const rows = await this.#judge(batch, lines, failures);
    const byKey = new Map<string, string[]>();
    for (const { state, key, text } of rows) {
      if (state !== "good") continue;
      const known = byKey.get(key);
      if (known) known.push(text);
      else byKey.set(key, [text]);
    }
    const inList = this.#options.checked.list !== undefined;
    const of = (...states: Row["state"][]) => rows.filter(({ state }) => states.includes(state));
    return {
      messages: countOf(batch),
      records: [...byKey].map(([key, texts]) => ({ key, values: Packed.from(texts) })),
      refused: of("refused").map(({ message, item, text }) => ({
        at: `partition ${batch.partition} offset ${offsetAt(batch, message)}` +
          (inList && item > 0 ? ` record ${item}` : ""),
        reason: text,
        raw: batch.values.at(message),
      })),
      skipped: of("skipped", "empty").length,
      elsewhere: of("elsewhere").length,
      locals: of("good").filter(({ local }) => local).length,
      cuts: of("good").filter(({ cut }) => cut).length,
      unused: this.unused,
    };
  }

  /** A row for each record of each message, in order; none is in doubt. */
  async #judge(
    batch: RecordBatch,
    lines: Packed,
    failures: ReadonlyMap<number, string>,
  ): Promise<Row[]> {
    const all = Array.from({ length: countOf(batch) }, (_, message) => message);
    const sure = failures.size === 0 && isReadable(lines, this.#inMessage)
      ? await this.#sure(batch, lines)
      : [];
    const known = new Set(sure.map(({ message }) => message));
    const doubtful = all.filter((message) => !known.has(message));
    const looked = await this.#lookAt(batch, lines, failures, doubtful);
    const seen = new Set([...sure, ...looked].map(({ message }) => message));
    // Each message is a record, refused, skipped or another's: none goes without a word.
    if (seen.size < all.length) throw new TypeError(`${all.length - seen.size} messages vanished`);
    return [...sure, ...looked].sort((a, b) => a.message - b.message || a.item - b.item);
  }

  /** The rows of the messages of which no record is in doubt; none where they can't be read together. */
  async #sure(batch: RecordBatch, lines: Packed): Promise<Row[]> {
    const file = this.#options.spool.write([lines.bytes], "ndjson");
    try {
      if (await this.#anyTwice(file)) return [];
      const found = await this.#query(this.#messages(batch, file), false);
      const doubtful = new Set(
        found.filter(({ state }) => state === "doubt").map(({ message }) => message),
      );
      const rows = found.filter(({ message }) => !doubtful.has(message));
      return rows.map((row) => this.#inWords(row));
    } catch (error) {
      if (isBadInput(error)) return [];
      throw error;
    } finally {
      discard(file);
    }
  }

  /** Messages one by one: numbers with all their digits, and why what is no record is none. */
  async #lookAt(
    batch: RecordBatch,
    lines: Packed,
    failures: ReadonlyMap<number, string>,
    messages: readonly number[],
  ): Promise<Row[]> {
    if (messages.length === 0) return [];
    const twice = await this.#withTwice(lines, messages);
    const rows: Row[] = [];
    const marked: string[] = [];
    const places: number[] = [];
    for (const message of messages) {
      const failure = failures.get(message) ??
        (twice.has(message) ? "the message has a field twice" : undefined);
      const found = failure === undefined
        ? mark(lines.at(message), this.#inMessage)
        : { refused: failure };
      if ("line" in found) {
        marked.push(found.line);
        places.push(message);
      } else rows.push(refusedRow(message, 0, found.refused));
    }
    rows.push(...await this.#readMarked(batch, marked, places));
    return rows;
  }

  /** Records of marked lines, which are of the messages at `places`. */
  async #readMarked(
    batch: RecordBatch,
    marked: readonly string[],
    places: readonly number[],
  ): Promise<Row[]> {
    if (marked.length === 0) return [];
    const { checked, spool } = this.#options;
    const packed = Packed.from(marked);
    const file = spool.write([packed.bytes], "ndjson");
    try {
      const offsets = places.map((message) => offsetAt(batch, message));
      const lineBytes = packed.bytes.length;
      const { keys, ...messages } = this.#messages(batch, file);
      const own = keys && places.map((message) => keys[message] ?? null);
      const found = { ...messages, offsets, lineBytes, ...(own ? { keys: own } : {}) };
      return (await this.#query(found, true)).map((row) => {
        const { message: place, item, state, text } = row;
        const message = places[place] ?? 0;
        if (state !== "good") return this.#inWords({ ...row, message });
        const exact = unmark(checked, text);
        return "line" in exact
          ? { ...row, message, text: exact.line }
          : refusedRow(message, item, exact.refused);
      });
    } catch (error) {
      if (!isBadInput(error)) throw error;
      const [only = 0] = places;
      if (places.length === 1) return [refusedRow(only, 0, "the message can't be read as JSON")];
      // One that nobody foresaw harms no other.
      const half = places.length >> 1;
      return [
        ...await this.#readMarked(batch, marked.slice(0, half), places.slice(0, half)),
        ...await this.#readMarked(batch, marked.slice(half), places.slice(half)),
      ];
    } finally {
      discard(file);
    }
  }

  async #query(messages: Messages, marked: boolean): Promise<Row[]> {
    const { checked, session } = this.#options;
    const { rows } = await session.query(rowsSql({ checked, marked }, messages));
    return rows.map(([message, item, state, key, line, local, cut]) => ({
      message: Number(message) - 1,
      item: Number(item),
      state: (state === "record" ? "good" : String(state)) as State,
      key: String(key),
      text: String(line),
      local: Boolean(local),
      cut: Boolean(cut),
    }));
  }

  #messages(batch: RecordBatch, file: string): Messages {
    const { partition, startOffset, offsets, runs } = batch;
    const { origin, checked: { fields } } = this.#options;
    const all = { file, origin: `${origin}/${partition}` };
    const of = { ...all, offsets: offsets ? [...offsets] : startOffset };
    if (!fields.some(({ from }) => from === "key")) return of;
    return { ...of, keys: runs.flatMap(({ key, count }) => Array<string | null>(count).fill(key)) };
  }

  /** What a message is that no mapping can do with. */
  #inWords(row: Row): Row {
    const { list, when } = this.#options.checked;
    if (row.state === "no list") {
      const place = pathText(list, []).slice(0, -2) || "the message";
      return refusedRow(row.message, 0, `${place} is no list of records`);
    }
    if (row.state !== "strange") return row;
    const fields = when.map(({ path }) => path.text).join(" and ");
    return refusedRow(row.message, 0, `no mapping of the topic takes what its ${fields} says`);
  }

  /** Whether a message has a field twice. */
  async #anyTwice(file: string): Promise<boolean> {
    const { checked, session } = this.#options;
    const { rows } = await session.query(shapesSql(checked, file));
    for (const [shape, own] of rows) if (own) this.#shapes.add(String(shape));
    return rows.some(([shape]) => hasTwice(String(shape)));
  }

  /** Those that have a field twice, of which either value would be a guess. */
  async #withTwice(lines: Packed, messages: readonly number[]): Promise<Set<number>> {
    const { checked, session, spool } = this.#options;
    const file = spool.write(
      [Packed.from(messages.map((message) => quotedLine(lines.at(message)))).bytes],
      "ndjson",
    );
    try {
      const { rows } = await session.query(shapesOfTextsSql(checked, file));
      for (const [shape, own] of rows) if (own) this.#shapes.add(String(shape));
      const has = (i: number) => rows[i]?.[0] !== null && hasTwice(String(rows[i]?.[0]));
      return new Set(messages.filter((_, i) => has(i)));
    } finally {
      discard(file);
    }
  }

  /** Names in the messages read last that no column is filled from. */
  get unused(): string[] {
    const { fields, skip, when, others, list } = this.#options.checked;
    const conditions = [...skip, ...when, ...others.flat()];
    const paths = [
      ...fields.flatMap(({ path }) => path ? [path] : []),
      ...conditions.map((c) => c.path),
    ];
    const used = new Set(
      paths.filter((path) => path.list === undefined).map(({ names }) => names[0]),
    );
    const inItems = new Set(
      paths.filter((path) => path.list !== undefined).map(({ names }) => names[0]),
    );
    if (list && list.length > 0) used.add(list[0]);
    const found = new Set<string>();
    for (const shape of this.#shapes) {
      const parts: (string[] | null)[][] = JSON.parse(shape);
      const top = list?.length === 0 ? [] : parts[0]?.[0] ?? [];
      for (const name of top) if (!used.has(name)) found.add(name);
      const items = list === undefined ? [] : parts.at(-1) ?? [];
      for (const name of items.flatMap((names) => names ?? [])) {
        if (!inItems.has(name)) found.add(pathText(list, [name]));
      }
    }
    return [...found].sort();
  }
}

function refusedRow(message: number, item: number, text: string): Row {
  return { message, item, state: "refused", key: "", text, local: false, cut: false };
}
