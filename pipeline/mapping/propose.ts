/**
 * A mapping for messages that nobody has declared one for, guessed from their names and values. What
 * is not certain is asked.
 * @module
 */
import { isNumeral, Numeral } from "../datasets/digits.ts";
import { BUILT_IN } from "./builtin.ts";
import { type Leaf, leavesOf, type Seen } from "./leaves.ts";
import type { FieldSpec, Mapping } from "./mapping.ts";

/** What only a person can say. */
export interface Question {
  /** The question, as a sentence. */
  readonly question: string;
  /** The key of the mapping that answers it, with its value. */
  readonly key: string;
}

/** A mapping to be looked at, completed and saved. */
export interface Proposal {
  /** Not yet whole where a question asks for a column. */
  readonly mapping: Mapping;
  /** Name of the built-in mapping that does the same. */
  readonly builtIn?: string;
  readonly questions: readonly Question[];
  /** Places that no column is filled from. */
  readonly unused: readonly string[];
}

/** Names of a column, the surest first; one that is only of that case is written with it. */
const SYMBOL = ["symbol", "ticker", "sym", "product_id", "instrument", "instId", "pair", "market"];
const NAMES = {
  symbol: [...SYMBOL, "asset", "code", "S", "s", "T"],
  price: ["price", "trade_price", "last_price", "px", "lastPrice", "last", "p"],
  size: ["size", "qty", "quantity", "trade_size", "last_size", "amount", "sz", "q"],
  trade_id: ["trade_id", "tradeId", "tid", "id", "t", "i"],
  sequence: ["sequence", "seq", "sequence_number"],
  source: ["source", "exchange", "venue"],
  conditions: ["conditions", "sale_conditions", "sale_condition", "trade_conditions", "condition"],
  venue: ["venue", "mic", "exchange", "market_center"],
  currency: ["currency", "ccy", "price_currency"],
  receive_time: ["receive_time", "received_at", "receive_timestamp", "local_timestamp"],
} as const;
const TIMES = [
  "event_time",
  "trade_time",
  "timestamp",
  "datetime",
  "time",
  "ts",
  "T",
  "t",
  "E",
  "date",
];
/** May be the quantity of the trade, or of the day. */
const VOLUMES = ["volume", "vol", "v", "V"];
const SIDES = [
  "side",
  "taker_side",
  "aggressor",
  "maker_side",
  "m",
  "is_buyer_maker",
  "isBuyerMaker",
];
const BARS = { open: ["open", "o"], high: ["high", "h"], low: ["low", "l"], close: ["close", "c"] };
const KINDS = ["type", "kind", "e", "ev", "event", "event_type", "message_type", "msg_type"]
  .concat(["channel", "topic", "op", "T"]);
/** Kinds of messages that are no records, whoever sends them. */
const NO_RECORDS =
  /^(heartbeat|ping|pong|subscri\w+|subscription_?succeeded|status|success|info)$/i;
/** Microseconds, 1980 and 2100. */
const [FROM, TO] = [315_532_800e6, 4_102_444_800e6];

/** Proposes a mapping of messages of a topic, each as JSON text. */
export function propose(topic: string, messages: readonly string[]): Proposal {
  const leaves = leavesOf(messages);
  const known = BUILT_IN.find((mapping) => fits(mapping, leaves, messages));
  const name = nameOf(topic);
  const questions: Question[] = [];
  if (known) {
    const { name: builtIn, ...rest } = known;
    const mapping: Mapping = { name, topic, ...rest };
    askZone(mapping, leaves, questions);
    return { mapping, builtIn, questions, unused: unusedBy(mapping, leaves) };
  }
  const one = (names: readonly string[], test: (leaf: Leaf) => boolean = () => true) =>
    pick(leaves.filter(test), names);
  const isBars = Object.values(BARS).every((names) => one(names, isNumber));
  const dataset = isBars ? (one(["pc"], isNumber) ? "quotes" : "bars") : "ticks";
  const fields: Record<string, string | FieldSpec> = {};
  const used = new Set<string>();
  const take = (column: string, leaf: Leaf | undefined, more: Omit<FieldSpec, "path"> = {}) => {
    if (!leaf) return false;
    used.add(leaf.path);
    fields[column] = Object.keys(more).length === 0 ? leaf.path : { path: leaf.path, ...more };
    return true;
  };
  const free = (leaf: Leaf) => !used.has(leaf.path);
  const time = one(TIMES, (leaf) => formatOf(leaf.values) !== undefined) ??
    one(TIMES, (leaf) => !isNumber(leaf)) ?? onlyTime(leaves);
  const timeColumn = { ticks: "event_time", bars: "open_time", quotes: "t" }[dataset];
  if (dataset !== "ticks") {
    for (const [column, names] of Object.entries(BARS)) {
      take(dataset === "quotes" ? column.charAt(0) : column, one(names, isNumber));
    }
  }
  const format = time && formatOf(time.values);
  take(timeColumn, time, format === undefined || format === "iso" ? {} : { format });
  take("symbol", one(NAMES.symbol, (leaf) => free(leaf) && !isNumber(leaf)));
  if (dataset === "ticks") {
    take("price", one(NAMES.price, (leaf) => free(leaf) && isNumber(leaf)));
    take("size", one(NAMES.size, (leaf) => free(leaf) && isNumber(leaf)));
    take("trade_id", one(NAMES.trade_id, free));
    take("sequence", one(NAMES.sequence, (leaf) => free(leaf) && isNumber(leaf)));
  }
  if (dataset === "quotes") { for (const name of ["pc", "d", "dp"]) take(name, one([name], free)); }
  take("source", one(NAMES.source, (leaf) => free(leaf) && !isNumber(leaf)));
  if (dataset === "ticks") {
    for (const column of ["conditions", "venue", "currency"] as const) {
      take(column, one(NAMES[column], free));
    }
  }
  if (dataset !== "bars") {
    const received = one(
      NAMES.receive_time,
      (leaf) => free(leaf) && formatOf(leaf.values) !== undefined,
    );
    const unit = received && formatOf(received.values);
    take("receive_time", received, unit === undefined || unit === "iso" ? {} : { format: unit });
  }
  const conditions = kindsOf(leaves, fields, messages.length, questions);
  const mapping: Mapping = { name, topic, dataset, ...conditions, fields };
  ask(mapping, leaves.filter(free), questions);
  if (time && format === undefined) askFormat(timeColumn, time, questions);
  if (!time) {
    questions.push({
      question: "Where is the time of the record?",
      key: `fields.${timeColumn}: { "path": "…", "format": "iso" | "s" | "ms" | "us" | "ns" }`,
    });
  }
  askZone(mapping, leaves, questions);
  return { mapping, questions, unused: unusedBy(mapping, leaves) };
}

/** What a required or telling column could not be filled with for certain. */
function ask({ dataset, fields }: Mapping, free: readonly Leaf[], questions: Question[]): void {
  const add = (question: string, key: string) => questions.push({ question, key });
  if (!fields["symbol"]) {
    add(
      "Which instrument is it?",
      `fields.symbol: "path", { "value": "AAPL" } for all, or { "from": "key" }, the message's key`,
    );
  }
  if (dataset === "ticks" && !fields["price"]) {
    add("Where is the price of the trade?", `fields.price: "path"`);
  }
  const volume = pick(free, [...VOLUMES]);
  if (volume && dataset === "ticks" && !fields["size"]) {
    const question =
      `Is ${volume.path}, such as ${volume.values[0]}, the size of the trade, or the ` +
      "volume of the day?";
    add(question, `fields.size: "${volume.path}" if it is that of the trade; else leave it out`);
  }
  if (volume && dataset === "bars") fields = Object.assign(fields, { volume: volume.path });
  if (dataset === "bars") {
    const interval = pick(free, ["bar_interval", "interval", "i"]);
    if (interval) Object.assign(fields, { bar_interval: interval.path });
    else add("How long is a bar?", `fields.bar_interval: { "value": "1m" }`);
  }
  const side = dataset === "ticks" ? pick(free, SIDES) : undefined;
  if (!side) return;
  const isBoolean = side.values.every((value) => typeof value === "boolean");
  const values = (taker: boolean) =>
    isBoolean
      ? `{ "true": "${taker ? "buy" : "sell"}", "false": "${taker ? "sell" : "buy"}" }`
      : `{ "buy": "${taker ? "buy" : "sell"}", "sell": "${taker ? "sell" : "buy"}" }`;
  const mine = `fields.side: { "path": "${side.path}", "values": `;
  add(
    isBoolean
      ? `What does ${side.path} say: that the buyer took, or that the buyer was the maker?`
      : `Is ${side.path} that of the taker, or of the maker?`,
    `${mine}${values(true)} } for the taker, ${mine}${values(false)} } for the maker`,
  );
}

/** Messages of several kinds: which are records. */
function kindsOf(
  leaves: readonly Leaf[],
  fields: Mapping["fields"],
  count: number,
  questions: Question[],
): Pick<Mapping, "when" | "skip"> {
  const price = fields["price"] ?? fields["close"] ?? fields["c"];
  const path = typeof price === "object" ? price.path : price;
  const records = leaves.find((leaf) => leaf.path === path)?.messages;
  const kind = pick(
    leaves.filter((leaf) => leaf.list === undefined && leaf.messages.size === count),
    KINDS,
  );
  if (!kind || !records || kind.values.some((value) => typeof value !== "string")) return {};
  if (kind.values.length > 5 || records.size === count && kind.values.length > 1) return {};
  const all = kind.values.map(String);
  const quiet = all.filter((value) => NO_RECORDS.test(value));
  const rest = all.filter((value) => !quiet.includes(value));
  if (rest.length > 1) {
    questions.push({
      question: `Which values of ${kind.path} are records: ${rest.join(", ")}?`,
      key:
        `when: { "${kind.path}": […] }, and skip: { "${kind.path}": […] } for those that are none`,
    });
  }
  return {
    ...(quiet.length > 0 ? { skip: { [kind.path]: quiet } } : {}),
    ...(rest.length > 0 ? { when: { [kind.path]: rest } } : {}),
  };
}

/** What a producer leaves out of a trade that has none. */
const OPTIONAL: readonly string[] = ["conditions", "venue"];

/** Whether the messages are surely what the mapping is for. */
function fits(
  { fields, when, skip }: Mapping,
  leaves: readonly Leaf[],
  messages: readonly string[],
) {
  const paths = Object.entries(fields).flatMap(([column, spec]) => {
    const path = typeof spec === "string" ? spec : spec.path;
    return path === undefined || OPTIONAL.includes(column) ? [] : [path];
  });
  const found = paths.map((path) => leaves.find((leaf) => leaf.path === path));
  if (found.some((leaf) => !leaf)) return false;
  if (!when) {
    // Without a kind that says what it is, all must be there in all, times of the format too.
    const right = Object.values(fields).every((spec) => {
      if (typeof spec === "string" || spec.format === undefined) return true;
      const leaf = leaves.find(({ path }) => path === spec.path);
      return leaf && formatOf(leaf.values) === spec.format;
    });
    const odd = ["size", "qty", "quantity", "volume", "id", "trade_id", "side", "v", "q"];
    const more = leaves.some(({ path, name }) => !paths.includes(path) && odd.includes(name));
    return right && !more && found.every((leaf) => leaf?.messages.size === messages.length);
  }
  return Object.entries(when).every(([path, values]) => {
    const kind = leaves.find((leaf) => leaf.path === path);
    const known = [...values, ...skip?.[path] ?? []];
    return kind !== undefined && kind.values.every((value) => known.includes(String(value))) &&
      kind.values.some((value) => values.includes(String(value)));
  });
}

function askZone(mapping: Mapping, leaves: readonly Leaf[], questions: Question[]): void {
  for (const spec of Object.values(mapping.fields)) {
    const path = typeof spec === "string" ? spec : spec.path;
    const leaf = leaves.find((one) => one.path === path);
    const isTime = leaf && formatOf(leaf.values) === "iso";
    const local = isTime && leaf.values.find((value) => isLocal(String(value)));
    if (local === undefined || local === false || mapping.time_zone !== undefined) continue;
    questions.push({
      question:
        `In which zone are times such as "${local}"? Without an answer they are taken for UTC.`,
      key: 'time_zone: "America/New_York"',
    });
    return;
  }
}

function askFormat(column: string, { path, values }: Leaf, questions: Question[]): void {
  questions.push({
    question: `How are times such as ${JSON.stringify(values[0])} to be read?`,
    key: `fields.${column}: { "path": "${path}", "format": "%d.%m.%Y %H:%M:%S" }`,
  });
}

const ISO = /^\d{4}-\d\d-\d\d([T ].*)?$/;
const ZONED = /\d\d:\d\d.*(Z|z|UTC|[+-]\d\d(:?\d\d)?)$/;

/** The one place whose values can hardly be anything but times, whatever its name. */
function onlyTime(leaves: readonly Leaf[]): Leaf | undefined {
  const found = leaves.filter(({ values }) => !["s", undefined].includes(formatOf(values)));
  return found.length === 1 ? found[0] : undefined;
}

/** A time of the day without a zone; a day needs none. */
function isLocal(text: string): boolean {
  return text.includes(":") && !ZONED.test(text);
}

/** The one format that all values are of; undefined if there is none, or more. */
export function formatOf(values: readonly Seen[]): string | undefined {
  if (values.length === 0) return undefined;
  if (values.every((value) => typeof value === "string" && ISO.test(value))) return "iso";
  if (!values.every(isNumberValue)) return undefined;
  // What they would be from 1980 to 2100; the ranges of the units do not meet.
  const units = { s: 1e6, ms: 1e3, us: 1, ns: 1e-3 };
  return Object.entries(units).find(([, us]) =>
    values.every((value) => Number(value) * us >= FROM && Number(value) * us <= TO)
  )?.[0];
}

function isNumberValue(value: Seen): boolean {
  return value instanceof Numeral || typeof value === "string" && isNumeral(value);
}

function isNumber({ values }: Leaf): boolean {
  return values.length > 0 && values.every(isNumberValue);
}

/** The leaf of the first of the names; a name of one letter only in its own case. */
function pick(leaves: readonly Leaf[], names: readonly string[]): Leaf | undefined {
  const plain = (name: string) =>
    name.length === 1 ? name : name.toLowerCase().replace(/[_-]/g, "");
  for (const name of names) {
    const found = leaves.find((leaf) => plain(leaf.name) === plain(name));
    if (found) return found;
  }
  return undefined;
}

function unusedBy({ fields, skip, when }: Mapping, leaves: readonly Leaf[]): string[] {
  const used = new Set([
    ...Object.values(fields).map((spec) => typeof spec === "string" ? spec : spec.path),
    ...Object.keys({ ...skip, ...when }),
  ]);
  return leaves.map(({ path }) => path).filter((path) => !used.has(path));
}

/** A name for the mapping, of the topic's. */
function nameOf(topic: string): string {
  return topic.replace(/^[^A-Za-z0-9]+/, "").slice(-64).replace(/^[^A-Za-z0-9]+/, "") || "mapping";
}
