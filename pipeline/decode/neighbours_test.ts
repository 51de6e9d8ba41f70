/** Whether a message is a row, and which, never depends on the messages beside it. @module */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { jsonCodec } from "../codec/json.ts";
import { type Dataset, MESSAGE_BYTES_MAX, wireName } from "../datasets/dataset.ts";
import { bars, DATASETS, ticks } from "../datasets/datasets.ts";
import { bronzeTable } from "../datasets/tables.ts";
import { explain } from "../datasets/zod.ts";
import { Random } from "../source/simulator/random.ts";
import { DirectoryStore } from "../store/directory.ts";
import { batchOf, DeadLetterTrap, TempFolder, validMessage } from "../testing.ts";
import { DuckDbWarehouse } from "../duckdb/warehouse.ts";
import { DuckDbFile, type DuckDbSession } from "../duckdb/engine/file.ts";
import { Decoder } from "./decoder.ts";
import { chainOf, LakeSink } from "../lake/lake.ts";
import { objectRows } from "../lake/layout.ts";
import { Spool } from "./spool.ts";
import { writeRows } from "./write_rows.ts";

/** What became of each message: its row as text, or that it became a dead letter. */
type Outcomes = readonly string[];
type Message = string | Uint8Array;

const LETTER = "letter";
const START = 100;
const encoder = new TextEncoder();

/** Values that a reader of JSON, of numbers or of days may take for another. */
const HOSTILE = [
  ..."0,-0,0.0,1e-3,1e3,1E3,1.5e-7,1e-9,0.30000000000000004,0.1234567890000,0.123456789".split(","),
  ..."1.5000000000000000000,883406386745030.3,883406386.00000005,45035996.00000001".split(","),
  ..."123456789.12345678,123456789012345678,18446744073709551616,1e400,1e19,1e16".split(","),
  ..."1000000000.00000001,999999999.99999999,1000000000,10000000000.5,1e20,-1,1.10".split(","),
  ..."1700000000000000.5,1700000000000000.1,1.7e15,1700000000000000.0,1763700000.5".split(","),
  ..."1763700000,1763700000000001,17637000000000010e-1,true,false,null,NaN,Infinity".split(","),
  ...`"","5."," 5 ","+5",".5","1_000","0x10","inf","NaN","1e-9","1.50000000000","5\\n"`.split(","),
  ...`"1.7e15","1763700000000001"," 1763700000000001","1763700000","1763700000000001.0"`.split(","),
  ...`"2001-02-29","2001-02-28","2001/02/28","2001-2-8","2001-02-28 10:00:00","epoch"`.split(","),
  ...`"infinity","1799-12-31","2200-01-01","2200-01-02","1.10","1e5","{}","[1]","{","^GSPC"`
    .split(","),
  ...`"\\ud800","\\ud83d\\ude80","a\\u0000b","a\\nb","x\\"y","\u2028","1m","${"🚀".repeat(32)}"`
    .split(","),
  `"${"🚀".repeat(33)}"`,
  `"${"x".repeat(65)}"`,
  `{"a":1.50}`,
  `[1,2]`,
  `"a\nb"`,
  `"a\tb"`,
];

/** A decoder on an engine, with which messages become rows of a table in memory. */
class Bench implements AsyncDisposable {
  readonly #folder = new TempFolder();
  readonly #spool = new Spool(this.#folder.path);
  readonly #session: DuckDbSession;
  readonly #file: DuckDbFile;

  private constructor(file: DuckDbFile, session: DuckDbSession) {
    this.#file = file;
    this.#session = session;
  }

  static async open(): Promise<Bench> {
    const file = await DuckDbFile.open(":memory:", { threads: 1 });
    return new Bench(file, await file.session());
  }

  async outcomes(dataset: Dataset, messages: readonly Message[]): Promise<Outcomes> {
    const trap = new DeadLetterTrap();
    const tools = {
      decoder: new Decoder(dataset, jsonCodec, this.#spool),
      session: this.#session,
      deadLetters: trap.queue,
      ingestTimeUs: 0,
    };
    const keep = (rows: string) =>
      this.#session.run(`CREATE OR REPLACE TEMP TABLE kept AS SELECT * FROM (${rows}) LIMIT 0`)
        .then(() => this.#session.run(`INSERT INTO kept ${rows}`));
    const batch = batchOf(dataset.topic, 0, START, messages);
    await writeRows([batch], tools, keep);
    const kept = await this.#session.query("SELECT * FROM kept");
    return outcomesOf(messages.length, kept.rows, trap);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
    await this.#file[Symbol.asyncDispose]();
    this.#spool[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** Rows as the tables hold them, and letters; each message must have become exactly one. */
function outcomesOf(
  count: number,
  rows: readonly (readonly unknown[])[],
  trap: DeadLetterTrap,
): Outcomes {
  const found: string[] = Array.from({ length: count }, () => "");
  for (const [, , offset, , ...values] of rows) {
    found[Number(offset) - START] += JSON.stringify(values.map(String));
  }
  for (const { offset } of trap.letters) found[offset - START] += LETTER;
  return found;
}

/** The message with one value replaced by that text. */
function withValue(dataset: Dataset, index: number, column: number, value: string): string {
  const row = validMessage(dataset, index);
  const name = wireName(dataset.columns[column % dataset.columns.length] ?? fail());
  return JSON.stringify({ ...row, [name]: "@" }).replace(`"@"`, () => value);
}

function fail(): never {
  throw new Error("no column");
}

/** A message spoilt in one of many ways, by chance. */
function mangled(random: Random, dataset: Dataset, index: number): Message {
  const text = JSON.stringify({ ...validMessage(dataset, index), note: `a\\"b\u2028é${index}` });
  const at = random.below(text.length);
  const other = JSON.stringify(validMessage(dataset, index + 1));
  const junk = [...'{}[]",:\\0e-.+ \t\r\n\0\ufeff/'][random.below(20)] ?? "";
  const bytes = encoder.encode(text);
  const ways: (() => Message)[] = [
    () => text.slice(0, at),
    () => text.slice(at),
    () => text.slice(0, at) + junk + text.slice(at),
    () => text.slice(0, at) + junk + text.slice(at + 1),
    () => text.slice(0, at) + text.slice(at + 1 + random.below(5)),
    () => text.slice(0, at) + other,
    () => text + other.slice(at % other.length),
    () => `${text}\n${other}`,
    () => bytes.map((byte, i) => i === at ? 0xff : byte),
    () => bytes.subarray(0, at),
    () => `${text.slice(0, -1)},}`,
    () => text.replaceAll(",", ",\n "),
    () => text.replace("{", `{"${wireName(dataset.columns[0] ?? fail())}":"twice",`),
    () => text.replace("{", `{"deep":${"[".repeat(at * 10)}${"]".repeat(at * 10)},`),
    () => withValue(dataset, index, at, HOSTILE[random.below(HOSTILE.length)] ?? ""),
    () => "",
  ];
  return ways[random.below(ways.length)]?.() ?? text;
}

/** Groups of messages' indices: some of the spoilt ones among good ones, which have none. */
function groups(random: Random, count: number): (number | undefined)[][] {
  const rest = Array.from({ length: count }, (_, i) => i);
  const all: (number | undefined)[][] = [];
  while (rest.length > 0) {
    const group: (number | undefined)[] = [];
    for (let size = 1 + random.below(50); size > 0; size--) {
      const spoilt = random.next() < 0.5 && rest.length > 0;
      group.push(spoilt ? rest.splice(random.below(rest.length), 1)[0] : undefined);
    }
    all.push(group);
  }
  return all;
}

const name = (message: Message) =>
  JSON.stringify(typeof message === "string" ? message : new TextDecoder().decode(message));

/** Alone is slow, a plan for each query: of all but these, two groupings are compared. */
const ALONE = 25;

for (const [seed, dataset] of DATASETS.entries()) {
  Deno.test(`decoder: a message of ${dataset.name} is what it is, whatever is beside it`, async () => {
    await using bench = await Bench.open();
    const random = Random.seeded(seed);
    const whole = JSON.stringify({ note: `a\\"b\n`, ...validMessage(dataset, 7) });
    const cuts = Array.from(whole, (_, at) => whole.slice(0, at));
    const spoilt = Array.from({ length: 150 }, (_, i) => mangled(random, dataset, i));
    const messages: Message[] = [...cuts, ...spoilt];
    const good = JSON.stringify(validMessage(dataset, 999));
    const [goodRow] = await bench.outcomes(dataset, [good]);
    const known = new Map<number, string>();
    for (let i = 0; i < ALONE; i++) {
      const index = random.below(messages.length);
      const [alone = ""] = await bench.outcomes(dataset, [messages[index] ?? ""]);
      known.set(index, alone);
    }
    for (const group of [...groups(random, messages.length), ...groups(random, messages.length)]) {
      const batch = group.map((index) => index === undefined ? good : messages[index] ?? "");
      const outcomes = await bench.outcomes(dataset, batch);
      for (const [i, index] of group.entries()) {
        const said = `seed ${seed}, message ${i} of ${batch.map(name)}`;
        if (index === undefined) assertEquals(outcomes[i], goodRow, said);
        else assertEquals(outcomes[i], known.get(index) ?? outcomes[i], said);
        if (index !== undefined) known.set(index, outcomes[i] ?? "");
      }
    }
  });

  Deno.test(`decoder: what it refuses of ${dataset.name} is what explain() refuses`, async () => {
    await using bench = await Bench.open();
    const messages = HOSTILE.flatMap((value) =>
      dataset.columns.map((_, column) => withValue(dataset, 5, column, value))
    );
    const generic = `the message does not decode as a row of ${dataset.name}`;
    const outcomes = await bench.outcomes(dataset, messages);
    const wrong: string[] = [];
    for (const [i, message] of messages.entries()) {
      const reason = explain(dataset, encoder.encode(message));
      // DuckDB reads these, though they are no JSON; a column of text takes them as they are.
      if (/:(NaN|Infinity)[,}]/.test(message)) continue;
      const expected = reason === generic ? "row" : LETTER;
      const found = outcomes[i] === LETTER ? LETTER : "row";
      if (found !== expected) wrong.push(`${message}: ${found}, but ${reason}`);
    }
    assertEquals(wrong, []);
  });
}

Deno.test("decoder: warehouse and lake keep the rows that the messages give in tens", async () => {
  await using bench = await Bench.open();
  for (const [seed, dataset] of DATASETS.entries()) {
    const random = Random.seeded(100 + seed);
    const messages = Array.from(
      { length: 120 },
      (_, i) =>
        i % 3 === 0 ? mangled(random, dataset, i) : JSON.stringify(validMessage(dataset, i)),
    );
    const alone: string[] = [];
    for (let at = 0; at < messages.length; at += 10) {
      alone.push(...await bench.outcomes(dataset, messages.slice(at, at + 10)));
    }
    assertEquals(await throughWarehouse(dataset, messages), alone);
    assertEquals(await throughLake(dataset, messages), alone);
  }
});

Deno.test("decoder: a cut message takes no neighbour with it", async () => {
  await using bench = await Bench.open();
  const good = (index: number) => JSON.stringify(validMessage(ticks, index));
  for (const note of ["plain", `a "quote", and a line\n`]) {
    const cut = good(1).replace(/"trade_id":.*/, `"trade_id":`);
    const escaped = JSON.stringify({ ...validMessage(ticks, 2), note });
    const outcomes = await bench.outcomes(ticks, [good(0), cut, escaped, good(3), good(4)]);
    assertEquals(outcomes.map((o) => o === LETTER), [false, true, false, false, false]);
  }
});

Deno.test("decoder: a number is stored to the last digit, or refused", async () => {
  await using bench = await Bench.open();
  const cases: [string, string][] = [
    ["883406386.00000005", "883406386.00000005"],
    [`"883406386.00000005"`, "883406386.00000005"],
    ["123456789.12345678", "123456789.12345678"],
    ["0.30000000000000004", "0.30000000"],
    [`"1.5000000000000000000"`, "1.50000000"],
    [`"1e-3"`, "0.00100000"],
    ["1.5e-7", "0.00000015"],
    [`"0.30000000000000004"`, LETTER],
    ["0.123456789", LETTER],
    [`"0.123456789"`, LETTER],
    [`"123456789e-9"`, LETTER],
    [`"1.234567891e2"`, "123.45678910"],
    [`"9999.9e-8"`, LETTER],
    ["99999.000000001", LETTER],
  ];
  const price = ticks.columns.findIndex(({ name }) => name === "price");
  const messages = cases.map(([value], i) => withValue(ticks, i, price, value));
  const outcomes = await bench.outcomes(ticks, messages);
  for (const [i, message] of messages.entries()) {
    assertEquals((await bench.outcomes(ticks, [message]))[0], outcomes[i], message);
  }
  const stored = outcomes.map((o) => o === LETTER ? LETTER : JSON.parse(o)[price]);
  assertEquals(stored, cases.map(([, expected]) => expected));
});

Deno.test("decoder: a price of 18 decimals is stored to the last digit, or refused", async () => {
  await using bench = await Bench.open();
  const padded = (text: string) => {
    const [whole = "", fraction = ""] = text.split(".");
    return `${whole}.${fraction.padEnd(18, "0")}`;
  };
  const cases: [string, string][] = [
    ["231.57", padded("231.57")],
    ["0.1", padded("0.1")],
    ["0.30000000000000004", padded("0.3")],
    ["0.123456789", padded("0.123456789")],
    ["14420486364.5", padded("14420486364.5")],
    ["12345678.12345678", padded("12345678.12345678")],
    ["987654321.12345679", padded("987654321.12345679")],
    ["2.31e-10", padded("0.000000000231")],
    ["0.000000000231", padded("0.000000000231")],
    ["1.5e-18", LETTER],
    ["1e-18", padded("0.000000000000000001")],
    ["1.23456789e2", padded("123.456789")],
    [`"1.23456789E2"`, padded("123.456789")],
    [`"0.123456789012345678"`, padded("0.123456789012345678")],
    [`"0.1234567890123456785"`, LETTER],
    [`"99999999999999999999.5"`, padded("99999999999999999999.5")],
    ["100000000000000000000", LETTER],
    ["-0.35", LETTER],
  ];
  const column = bars.columns.findIndex(({ name }) => name === "adj_close");
  const messages = cases.map(([value], i) => withValue(bars, i, column, value));
  const outcomes = await bench.outcomes(bars, messages);
  for (const [i, message] of messages.entries()) {
    assertEquals((await bench.outcomes(bars, [message]))[0], outcomes[i], message);
  }
  const stored = outcomes.map((o) => o === LETTER ? LETTER : JSON.parse(o)[column]);
  assertEquals(stored, cases.map(([, expected]) => expected));
});

Deno.test("decoder: a text too small for a double is refused, where 0 is allowed too", async () => {
  await using bench = await Bench.open();
  const size = ticks.columns.findIndex(({ name }) => name === "size");
  const cases: [string, string][] = [[`"1e-400"`, LETTER], [`"0e-9"`, "0.00000000"], [
    "0",
    "0.00000000",
  ]];
  const outcomes = await bench.outcomes(ticks, cases.map(([v], i) => withValue(ticks, i, size, v)));
  const stored = outcomes.map((o) => o === LETTER ? LETTER : JSON.parse(o)[size]);
  assertEquals(stored, cases.map(([, expected]) => expected));
});

Deno.test("decoder: nothing but JSON's blanks may be around a message, wherever it lies", async () => {
  await using bench = await Bench.open();
  const good = (i: number) => JSON.stringify(validMessage(ticks, i));
  const odd = ["\ufeff", "\f", "\v", "\u00a0", "\0", "x"];
  const spoilt = odd.flatMap((
    c,
  ) => [c + good(1), good(1) + c, ` ${c}${good(1)}`, `${good(1)}\t${c}`]);
  for (const message of spoilt) {
    for (const batch of [[message], [message, good(2)], [good(0), message, "{", good(2)]]) {
      const outcomes = await bench.outcomes(ticks, batch);
      assertEquals(outcomes[batch.indexOf(message)], LETTER, JSON.stringify(message.slice(0, 9)));
    }
  }
  assertEquals(
    await bench.outcomes(ticks, [` \t\r\n${good(1)} \t\r`]).then(([o]) => o === LETTER),
    false,
  );
});

Deno.test("decoder: what is no time is refused, alone too", async () => {
  await using bench = await Bench.open();
  const time = bars.columns.findIndex(({ name }) => name === "open_time");
  for (const value of ["true", "false", "1.5", `"now"`, `"0x10"`, "[1]"]) {
    assertEquals(await bench.outcomes(bars, [withValue(bars, 0, time, value)]), [LETTER], value);
  }
  const [kept = ""] = await bench.outcomes(bars, [withValue(bars, 0, time, "1.7e15")]);
  assertEquals(JSON.parse(kept)[time], "2023-11-14 22:13:20");
});

Deno.test("decoder: a message is as long as allowed, or refused, wherever it lies", async () => {
  await using bench = await Bench.open();
  const good = validMessage(ticks, 0);
  const ofLength = (bytes: number) =>
    JSON.stringify({ ...good, pad: "" }).replace(
      `"pad":""`,
      (pad) => `"pad":"${"x".repeat(bytes - JSON.stringify(good).length - pad.length - 1)}"`,
    );
  const [fits, long] = [ofLength(MESSAGE_BYTES_MAX), ofLength(MESSAGE_BYTES_MAX + 1)];
  assertEquals([fits.length, long.length], [MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX + 1]);
  const short = JSON.stringify(good);
  const outcomes = await bench.outcomes(ticks, [short, long, short, fits, long, fits, short]);
  assertEquals(
    outcomes.map((o) => o === LETTER),
    [false, true, false, false, true, false, false],
  );
});

async function throughWarehouse(dataset: Dataset, messages: readonly Message[]): Promise<Outcomes> {
  using folder = new TempFolder();
  const trap = new DeadLetterTrap();
  await using warehouse = await DuckDbWarehouse.open({
    path: join(folder.path, "w.duckdb"),
    codec: jsonCodec,
    deadLetters: trap.queue,
    spoolFolder: folder.path,
    now: () => 0,
  });
  await warehouse.migrate();
  // The position must stand at the start of the batch.
  await warehouse.query("INSERT INTO bronze._positions VALUES (?, 0, ?)", [dataset.topic, START]);
  await warehouse.write(dataset, [batchOf(dataset.topic, 0, START, messages)]);
  const { rows } = await warehouse.query(`SELECT * FROM ${bronzeTable(dataset)}`);
  return outcomesOf(messages.length, rows, trap);
}

async function throughLake(dataset: Dataset, messages: readonly Message[]): Promise<Outcomes> {
  using folder = new TempFolder();
  const trap = new DeadLetterTrap();
  const root = join(folder.path, "lake");
  const store = new DirectoryStore(root);
  const deadLetters = trap.queue;
  await using sink = await LakeSink.open({
    store,
    dataset,
    codec: jsonCodec,
    deadLetters,
    spoolFolder: folder.path,
    now: () => 0,
  });
  const batch = batchOf(dataset.topic, 0, START, messages);
  const offsets = Float64Array.from({ length: messages.length }, (_, i) => START + i);
  await sink.write([{ ...batch, startOffset: 0, offsets }]);
  const [link] = await Array.fromAsync(chainOf(store, dataset.topic));
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  // Under a name that says nothing of its day.
  const copy = join(folder.path, "object.parquet");
  Deno.copyFileSync(join(root, link?.key ?? ""), copy);
  const rows = await session.query(await objectRows(session, dataset, copy));
  return outcomesOf(messages.length, rows.rows, trap);
}
