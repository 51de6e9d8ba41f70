import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { bars } from "../../datasets/datasets.ts";
import { problemsOf } from "../../datasets/zod.ts";
import { TickhouseError } from "../../errors.ts";
import { csvSource } from "./csv.ts";
import { codeOf, fileOf, GOOD, gzip, HEADER, readAll, readText, rowsOf, TEMP } from "./fixture.ts";

describe("csvSource() refuses a row and goes on", () => {
  const bad: [string, string, string][] = [
    ["of too few fields", "AAPL,2000-03-01,1", "the row has 3 fields, the header 8"],
    ["of too many fields", `${GOOD},9`, "the row has 9 fields, the header 8"],
    [
      "with a word as price",
      GOOD.replace("130.31", "abc"),
      'close is "abc": must be a finite number',
    ],
    ["with NaN", GOOD.replace("130.31", "NaN"), 'close is "NaN": must be a finite number'],
    ["with inf", GOOD.replace("130.31", "-inf"), 'close is "-inf": must be a finite number'],
    ["with an infinite power", GOOD.replace("130.31", "1e999"), "close"],
    [
      "with a negative price",
      GOOD.replace("130.31", "-130.31"),
      "close is -130.31: must be more than 0",
    ],
    ["with an absurd price", GOOD.replace("130.31", "13e20"), "must be at most 1000000000"],
    [
      "with digits in odd groups",
      GOOD.replace("130.31", '"1,13,0.31"'),
      'close is "1,13,0.31": must',
    ],
    ["with a hexadecimal price", GOOD.replace("130.31", "0x1F"), "must be a finite number"],
    ["with no price", GOOD.replace("130.31", ""), 'close is ""'],
    [
      "with high below low",
      GOOD.replace("132.06", "100"),
      "open is 118.56: must not be more than high",
    ],
    ["without symbol", GOOD.replace("AAPL", " "), 'symbol is "": must not be empty'],
    [
      "with a day that does not exist",
      GOOD.replace("03-01", "02-30"),
      'Date is "2000-02-30": must be a day that exists',
    ],
    ["with no day", GOOD.replace("2000-03-01", ""), "open_time"],
    ["with a day in digits", GOOD.replace("2000-03-01", "20000301"), "must say what it is"],
    ["with a stray quote", GOOD.replace("AAPL", 'AA"PL'), "a quote stands inside a field"],
    ["with an open quote", GOOD.replace("AAPL", '"AAPL'), "a quote is opened and not closed"],
    ["with text behind a quote", GOOD.replace("AAPL", '"AA"PL'), "a quote stands inside a field"],
    ["with a time beyond the calendar", GOOD.replace("2000-03-01", "9999-99-99"), "must be"],
  ];
  for (const [name, row, reason] of bad) {
    it(name, async () => {
      const read = await readText(`${HEADER}\n${GOOD}\n\n${row}\n${GOOD}\n${GOOD}`);
      assertEquals(read.refused.map((r) => [r.at, r.raw]), [["line 4", `${row}\n`]]);
      assertStringIncludes(read.refused[0]?.reason ?? "", reason);
      assertEquals(rowsOf(read).length, 3);
    });
  }

  it("with a sequence that is no whole number", async () => {
    const row = (id: string, sequence: string) => `A,2025-03-07T15:00:00Z,10,1,${id},${sequence}\n`;
    const rows = row("a1", "1.5") + row("a2", "2.0") + row("a3", "3e2") +
      row("a4", "1234567890123.5") + row("a5", "4");
    const read = await readText(`symbol,event_time,price,size,trade_id,sequence\n${rows}`);
    assertEquals(read.refused.map(({ at, reason }) => [at, reason]), [
      ["line 2", 'sequence is "1.5": must be a whole number'],
      ["line 5", 'sequence is "1234567890123.5": must be a whole number'],
    ]);
    const texts = Object.values(read.records).flat().map((text) =>
      /"sequence":(\d+),/.exec(text)?.[1]
    );
    assertEquals(texts, ["2", "300", "4"]);
  });

  it("that is not UTF-8", async () => {
    // Behind what is looked at first, which is UTF-8.
    const text = `${HEADER}\n${`${GOOD}\n`.repeat(2000)}Ü${GOOD.slice(4)}\n${GOOD}\n`;
    const bytes = new TextEncoder().encode(text);
    bytes[bytes.indexOf(0xc3)] = 0xff;
    const read = await readAll(await csvSource({ path: await fileOf(bytes) }));
    const refused = read.refused.map((r) => [r.at, r.reason]);
    assertEquals(refused, [["line 2002", "the line is not UTF-8"]]);
    assertEquals(rowsOf(read).length, 2001);
  });

  it("at the last line, cut in the middle of a quote", async () => {
    const read = await readText(`${HEADER}\n${GOOD}\n"AAP`);
    assertEquals(read.refused.map((r) => [r.at, r.raw]), [["line 3", '"AAP']]);
  });

  it("whatever the bytes are, and every line is accepted, refused or blank", async () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
    for (let run = 0; run < 30; run++) {
      const bytes = new TextEncoder().encode(`${HEADER}\n${`${GOOD}\n`.repeat(40)}`);
      for (let i = 0; i < 60; i++) {
        bytes[HEADER.length + 1 + random(bytes.length - HEADER.length - 1)] = random(4)
          ? random(256)
          : 34;
      }
      const path = await fileOf(bytes);
      const read = await readAll(await csvSource({ path, interval: "1d" }));
      for (const row of rowsOf(read)) assertEquals(problemsOf(bars, row), undefined);
      const again = await readAll(
        await csvSource({ path, interval: "1d", chunkRows: 1 + random(9) }),
      );
      assertEquals([again.records, again.refused], [read.records, read.refused]);
    }
  });
});

describe("csvSource() throws for a file", () => {
  const cases: [string, string | Uint8Array<ArrayBuffer>, string, string][] = [
    ["that is empty", "", "CSV_EMPTY", "it is empty"],
    ["of blank lines", "\n\n\n", "CSV_EMPTY", "it holds no rows"],
    ["with only a header", `${HEADER}\n\n`, "CSV_EMPTY", "a header and no rows"],
    ["of bytes that are no text", new Uint8Array([1, 0, 7, 0, 0, 9]), "CSV_NOT_TEXT", "UTF-8"],
    ["that is a web page", "<!DOCTYPE html>\n<html>", "CSV_NOT_TEXT", "the download failed"],
    ["of JSON", '{\n "Information": "rate limit"}', "CSV_NOT_TEXT", "it is JSON"],
    ["of Parquet", "PAR1\0\0", "CSV_NOT_TEXT", "Parquet"],
    ["packed by bzip2", new TextEncoder().encode("BZh91AY&SY"), "CSV_PACKED", "bunzip2"],
    ["with unknown columns", "a,b\n1,2\n", "CSV_COLUMNS_MISSING", '"a,b"'],
    [
      "without a price column",
      "Ticker,Date,Open,High,Low\nA,2000-01-01,1,1,1\n",
      "CSV_COLUMNS_MISSING",
      "found no column for close; bars needs symbol",
    ],
    ["without a price", "Ticker;Date\nA;B\n", "CSV_COLUMNS_MISSING", "no column for price"],
    [
      "of bid and ask, with sizes",
      "symbol,time,bid,ask,bid_size,ask_size\nA,2025-03-07T15:00:00Z,10,11,100,200\n",
      "CSV_COLUMNS_MISSING",
      '"bid,ask": quotes of bid and ask are no dataset here',
    ],
    [
      "of bid and ask under other names",
      "Ticker;Timestamp;BidPx;Offer Price\nA;2025-03-07T15:00:00Z;10;11\n",
      "CSV_COLUMNS_MISSING",
      '"BidPx,Offer Price": quotes of bid and ask are no dataset here',
    ],
    [
      "of prices beside bid and ask",
      "symbol,time,price,size,bid,ask\nA,2025-03-07T15:00:00Z,10,1,10,11\n",
      "CSV_COLUMNS_MISSING",
      "--dataset ticks",
    ],
    [
      "with a column twice",
      `${HEADER},close\n${GOOD},1\n`,
      "CSV_COLUMNS_AMBIGUOUS",
      "Close, close",
    ],
    [
      "with a time of day and no interval",
      "symbol,time,open,high,low,close\nA,2024-01-02T10:00:00Z,1,1,1,1\n",
      "CSV_UNCERTAIN",
      "--interval",
    ],
    ["without line breaks", "x".repeat(3_000_000), "CSV_LINE_TOO_LONG", "1048576"],
    ["with a broken quote in the header", '"Ticker,Date\nA,1\n', "CSV_NOT_TEXT", "quote"],
  ];
  for (const [name, content, code, part] of cases) {
    it(name, async () => {
      const path = await fileOf(content);
      const error = await assertRejects(() => csvSource({ path }), TickhouseError);
      assertEquals(error.code, code);
      assertStringIncludes(error.message, part);
    });
  }

  it("that is missing or a directory", async () => {
    const folder = await Deno.makeTempDir({ dir: TEMP });
    assertEquals(await codeOf(csvSource({ path: join(folder, "none.csv") })), "FILE_UNREADABLE");
    assertEquals(await codeOf(csvSource({ path: folder })), "FILE_UNREADABLE");
  });

  it("whose gzip is cut short, after the rows before the cut", async () => {
    let text = HEADER;
    for (let i = 0; i < 5000; i++) text += `\nA,2000-03-01,${i + 1},9999,1,${i + 1},${i * 7919},1`;
    const packed = await gzip(text);
    const source = await csvSource({ path: await fileOf(packed.slice(0, -20)), chunkRows: 100 });
    let rows = 0;
    const reading = async () => {
      for await (const batch of source.read(undefined, new AbortController().signal)) {
        for (const { values } of batch.records) rows += values.length;
      }
    };
    assertEquals((await assertRejects(reading, TickhouseError)).code, "CSV_DAMAGED");
    assert(rows > 0 && rows < 5000, `${rows} rows`);
  });
});
