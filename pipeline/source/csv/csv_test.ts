import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { bars, DATASETS, ticks } from "../../datasets/datasets.ts";
import { problemsOf } from "../../datasets/zod.ts";
import { TickhouseError } from "../../errors.ts";
import { originOf, WITHDRAWN_STATE } from "../origin.ts";
import { csvSource } from "./csv.ts";
import type { CsvOptions } from "./options.ts";
import {
  codeOf,
  fileOf,
  GOOD,
  gzip,
  HEADER,
  type Read,
  readAll,
  readText,
  rowsOf,
} from "./fixture.ts";

const withoutOrigin = ({ origin, ...rest }: Record<string, unknown>) => {
  assertMatch(String(origin), /^prices\.csv#[0-9a-f]{8}$/);
  return rest;
};
const REAL = join(import.meta.dirname ?? ".", "../../../data/stocks_daily.csv.gz");
describe("csvSource()", () => {
  it("reads the real daily prices, every row valid for the dataset", async () => {
    const source = await csvSource({ path: REAL });
    const read = await readAll(source);
    const rows = rowsOf(read);
    assertEquals([source.dataset.name, rows.length, read.refused.length], ["bars", 12_154, 0]);
    assertEquals(Object.keys(read.records), ["AAPL", "FB", "GOOG", "IBM", "MSFT"]);
    assertEquals(rows.every((row) => problemsOf(bars, row) === undefined), true);
    assertEquals(
      read.records["AAPL"]?.[0],
      '{"symbol":"AAPL","bar_interval":"1d","open_time":951868800000000,"open":118.56,' +
        '"high":132.06,"low":118.5,"close":130.31,"adj_close":4.1866628,"volume":9616100,' +
        `"source":"csv","origin":"${await originOf(REAL)}"}`,
    );
    assertEquals(read.progress.at(-1), 1);
  });

  it("reads conditions, venue, currency, action and when a trade was received", async () => {
    const read = await readText(
      "symbol,exchange,timestamp,local_timestamp,id,price,amount,sale_condition,currency,action\n" +
        "VOD,XLON,1710163800000000,1710163800000250,x1,71.5,100,\"['@', 'I']\",GBp,Bust\n" +
        "VOD,XLON,1710163800000300,soon,x2,71.5,100,12;37,GBp,\n",
    );
    assertEquals(rowsOf(read).map(withoutOrigin), [
      {
        ...{ symbol: "VOD", price: 71.5, size: 100, event_time: 1710163800000000 },
        ...{
          source: "csv",
          trade_id: "XLON/x1",
          action: "cancel",
          conditions: "@ I",
          venue: "XLON",
        },
        ...{ currency: "GBp", receive_time: 1710163800000250 },
      },
      {
        ...{ symbol: "VOD", price: 71.5, size: 100, event_time: 1710163800000300 },
        ...{ source: "csv", trade_id: "XLON/x2", action: null, conditions: "12 37", venue: "XLON" },
        ...{ currency: "GBp", receive_time: null },
      },
    ]);
  });

  it("takes the only time of a trade for when it happened, and refuses an unknown action", async () => {
    const read = await readText(
      "symbol,sip_timestamp,id,price,action\nA,1710163800000000,x1,71.5,new\n" +
        "A,1710163800000001,x2,71.5,odd\n",
    );
    assertEquals(rowsOf(read).map(({ event_time, receive_time }) => [event_time, receive_time]), [
      [1710163800000000, undefined],
    ]);
    assertMatch(read.refused[0]?.reason ?? "", /^action is "odd": must be one of new, correct/);
  });

  it("reads the index layout", async () => {
    const read = await readText(
      "Index,Date,Open,High,Low,Close,Adj_Close,Volume,CloseUSD\n" +
        "NYA,1965-12-31,528.690002,528.690002,528.690002,528.690002,528.690002,0.0,\n",
    );
    assertEquals(rowsOf(read).map(withoutOrigin), [{
      Index: "NYA",
      Date: "1965-12-31",
      Open: 528.690002,
      High: 528.690002,
      Low: 528.690002,
      Close: 528.690002,
      Adj_Close: 528.690002,
      Volume: 0,
      CloseUSD: null,
    }]);
  });

  it("reads ticks, and makes a trade id that is the same on every reading", async () => {
    const text = "time,symbol,price,qty\n2024-01-02T09:30:00.123456-05:00,AAPL,187.15,100\n" +
      "1704205800,AAPL,187.2,1\n1704205801500,AAPL,187.3,.5\n1704205802.25,AAPL,+187,2.\n";
    const notices: string[] = [];
    const path = await fileOf(text);
    const rows = rowsOf(await readAll(await csvSource({ path, onNotice: (n) => notices.push(n) })));
    assertEquals(rows.map((r) => r.event_time), [
      1_704_205_800_123_456,
      1_704_205_800_000_000,
      1_704_205_801_500_000,
      1_704_205_802_250_000,
    ]);
    assertEquals(rows.map((r) => r.size), [100, 1, 0.5, 2]);
    assertEquals(new Set(rows.map((r) => r.trade_id)).size, 4);
    assertEquals(rows, rowsOf(await readAll(await csvSource({ path }))));
    assertEquals(notices.some((n) => n.includes("trade_id")), true);
    assertEquals(rows.every((row) => problemsOf(ticks, row) === undefined), true);
  });

  it("reads Finnhub's quotes", async () => {
    const read = await readText("symbol,c,d,dp,h,l,o,pc,t\nAAPL,2,null,,3,1,2,2,1704205800\n");
    assertEquals(rowsOf(read).map(withoutOrigin), [
      {
        symbol: "AAPL",
        c: 2,
        d: null,
        dp: null,
        h: 3,
        l: 1,
        o: 2,
        pc: 2,
        t: 1704205800,
        source: "csv",
      },
    ]);
  });

  it("keeps the digits of the file that a column can hold", async () => {
    const read = await readText(
      `${HEADER}\nA,2000-03-01,1.10,1.20000001,1.0,1.1000000000,1234567890123.12345678,\n`,
    );
    assertStringIncludes(
      read.records["A"]?.[0] ?? "",
      '"open":1.10,"high":1.20000001,"low":1.0,"close":1.1,"adj_close":null,' +
        '"volume":"1234567890123.12345678"',
    );
  });

  it("rounds floats to the scale of the column, and says so once a column", async () => {
    const notices: string[] = [];
    const rows = ["2000-03-01", "2000-03-02"].map((day) =>
      `A,${day},119.51999664306640,120.1234567849999,119.5,119.52,1e3,1.5e-3\n`
    );
    const refused = "A,2000-03-03,119.51999664306640,1,2,3,x,\n";
    const onNotice = (notice: string) => notices.push(notice);
    const read = await readText(`${HEADER}\n${rows.join("")}${refused}`, { onNotice });
    assertStringIncludes(
      read.records["A"]?.[1] ?? "",
      '"open":119.51999664,"high":120.12345678,"low":119.5,"close":119.52,"adj_close":0.0015,' +
        '"volume":1000,',
    );
    assertEquals(notices.filter((notice) => notice.includes("rounded")), [
      'open: 2 values rounded, first on line 2: "119.51999664306640"',
      'high: 2 values rounded, first on line 2: "120.1234567849999"',
    ]);
  });

  it("keeps all decimals of small prices, and refuses what rounding would change by a millionth", async () => {
    const read = await readText(
      `${HEADER}\nA,2000-03-01,0.00001234567,1,0.0000000000231,1,,\n` +
        "A,2000-03-02,1,1,0.0000000000000012345678,1,,\n",
    );
    assertEquals(rowsOf(read).map(({ open, low }) => [open, low]), [[0.00001234567, 2.31e-11]]);
    assertStringIncludes(
      read.refused[0]?.reason ?? "",
      "low is 0.0000000000000012345678: must have at most 18",
    );
    const tick = await readText("symbol,time,price,size\nA,2024-01-02T00:00:00Z,0.00001234567,1\n");
    assertStringIncludes(
      tick.refused[0]?.reason ?? "",
      "price is 0.00001234567: must have at most 8",
    );
  });

  it("takes BOM, CRLF, blank lines, quotes, spaces and a missing last newline", async () => {
    const text = `\uFEFF"Ticker",Date,open,HIGH,Low,Close,Volume,Adj_Close\r\n\r\n` +
      `"AA,""PL""", 2000-03-01 ,1,2,1,2,,null\r\n\nB,2000-03-02,"1",2,1,2,5,6`;
    const read = await readText(text);
    assertEquals(read.refused, []);
    assertEquals(Object.keys(read.records), ['AA,"PL"', "B"]);
    assertEquals(rowsOf(read).map((r) => [r.volume, r.adj_close]), [[null, null], [5, 6]]);
  });

  it("keeps text that is not ASCII, and a quoted line break in a column that is left out", async () => {
    const text = `Note,${HEADER}\n"two\nlines",Ünï,2000-03-01,1,2,1,2,5,6\nx,${GOOD}\n`;
    const read = await readText(text);
    assertEquals(Object.keys(read.records), ["Ünï", "AAPL"]);
  });

  it("reads gzip by content, in several members too", async () => {
    const packed = [...await gzip(`${HEADER}\n`), ...await gzip(`${GOOD}\n`)];
    const source = await csvSource({ path: await fileOf(new Uint8Array(packed), "prices.txt") });
    assertEquals(rowsOf(await readAll(source)).length, 1);
  });

  it("takes values for columns that the file does not have, and names what it leaves out", async () => {
    const notices: string[] = [];
    const read = await readText(
      "Date,Open,High,Low,Close,Adj Close,Volume,Mood\n2024-01-02,1,2,1,2,2,5,0\n",
      {
        set: { symbol: "MSFT", source: "yahoo" },
        onNotice: (n) => notices.push(n),
      },
    );
    assertEquals(rowsOf(read).map((r) => [r.symbol, r.source, r.bar_interval]), [[
      "MSFT",
      "yahoo",
      "1d",
    ]]);
    assertEquals(notices.filter((n) => n.includes("Mood")).length, 1);
  });

  it("takes the source from the file, from a flag, from the format, or is called csv", async () => {
    const yahoo = "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,1,2,1,2,2,5\n";
    const own = "Symbol,Date,Open,High,Low,Close,Feed\nVOD.L,2024-01-02,1,2,1,2,mine\n";
    const none = "Symbol,Date,Open,High,Low,Close\nVOD.L,2024-01-02,1,2,1,2\n";
    const sources = async (text: string, told: Partial<CsvOptions> = {}) =>
      rowsOf(await readText(text, told)).map(({ source }) => source);
    assertEquals(await sources(yahoo, { symbol: "VOD.L" }), ["yahoo"]);
    assertEquals(await sources(yahoo, { symbol: "VOD.L", set: { source: "mine" } }), ["mine"]);
    assertEquals([await sources(own), await sources(none)], [["mine"], ["csv"]]);
    assertEquals(await sources(none, { format: "yahoo" }), ["yahoo"]);
    const wide = (names: string) => {
      const of = (text: string) => names.split(",").map(() => text).join(",");
      return `Price,${names}\nTicker,${of("VOD.L")}\nDate,${of("")}\n2024-01-02,${of("1")}\n`;
    };
    assertEquals(await sources(wide("Close,High,Low,Open,Volume")), ["yfinance"]);
    assertEquals(await sources(wide("Adj Close,Close,High,Low,Open,Volume")), [
      "yfinance-unadjusted",
    ]);
  });

  it("does not read on under another source", async () => {
    const path = await fileOf(
      "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,1,2,1,2,2,5\n",
    );
    const told = { path, symbol: "VOD.L" };
    const { states } = await readAll(await csvSource({ ...told, set: { source: "csv" } }));
    assertEquals(
      await codeOf(readAll(await csvSource(told), states.at(-1))),
      "CSV_READ_OTHERWISE",
    );
  });

  it("takes days with slashes only if their order is named", async () => {
    const text = `${HEADER}\n${GOOD.replace("2000-03-01", "3/4/2000")}\n`;
    assertEquals(await codeOf(readText(text)), "CSV_UNCERTAIN");
    const day = async (dateOrder: "mdy" | "dmy") =>
      new Date(rowsOf(await readText(text, { dateOrder }))[0].open_time / 1000).toISOString().slice(
        0,
        10,
      );
    assertEquals([await day("mdy"), await day("dmy")], ["2000-03-04", "2000-04-03"]);
  });

  it("refuses answers that the file contradicts", async () => {
    const days = ["01", "02", "03", "06", "07", "08"];
    const text = `${HEADER}\n${days.map((d) => GOOD.replace("03-01", `03-${d}`)).join("\n")}\n`;
    for (const told of [{ symbol: "X" }, { interval: "1h" }, { interval: "1wk" }]) {
      assertEquals([told, await codeOf(readText(text, told))], [told, "CSV_UNCERTAIN"]);
    }
    const won = await readText(text, { set: { symbol: "X" } });
    assertEquals(Object.keys(won.records), ["X"]);
  });

  it("refuses options that are none", async () => {
    const path = await fileOf(`${HEADER}\n${GOOD}\n`);
    for (
      const bad of [{ chunkRows: 0 }, { pace: { speed: 0 } }, { pace: { speed: NaN } }, {
        separator: "",
      }]
    ) {
      assertEquals(await codeOf(csvSource({ path, ...bad } as CsvOptions)), "OPTION_INVALID");
    }
    assertEquals(await codeOf(csvSource({ path, set: { symbl: "X" } })), "OPTION_INVALID");
  });
});

describe("CsvSource.read()", () => {
  const lines = Array.from({ length: 57 }, (_, i) => {
    if (i % 13 === 5) return `"broken ${i}`;
    if (i % 11 === 3) return "";
    if (i % 17 === 8) return `"S${i % 3}",2000-03-01,1,2,1,2,,"${i}\n"`;
    return `S${i % 3},2000-03-01,1,2,1,2,${i},1`;
  });
  const text = `${HEADER}\r\n${lines.join("\n")}\nÜ,2000-03-01,1,2,1,2,3,4`;

  for (const gz of [false, true]) {
    it(`goes on behind any state exactly, ${gz ? "gzip" : "plain"}`, async () => {
      const path = await fileOf(gz ? await gzip(text) : new TextEncoder().encode(text));
      const whole = await readAll(await csvSource({ path }));
      for (const chunkRows of [1, 2, 7, 20, 100]) {
        const source = await csvSource({ path, chunkRows });
        const { states, ...first } = await readAll(source);
        assertEquals([first.records, first.refused], [whole.records, whole.refused]);
        for (const [i, state] of states.entries()) {
          const begun = await readAll(source, undefined, i + 1);
          const rest = await readAll(source, state);
          for (const [key, rows] of Object.entries(rest.records)) {
            (begun.records[key] ??= []).push(...rows);
          }
          assertEquals([...begun.refused, ...rest.refused], whole.refused);
          assertEquals(begun.records, whole.records);
        }
      }
    });
  }

  const TICKS = "symbol,timestamp,price,size\nA,2024-03-11T14:30:00Z,100,1\n" +
    "A,2024-03-11T14:30:10Z,101,2\n";
  const MORE = "A,2024-03-11T14:30:10Z,101,2\nA,2024-03-11T14:30:20Z,102,4\n";
  const idsOf = (read: Read) => rowsOf(read).map((row) => row.trade_id);

  it("reads on in a file that grew, and names its trades as if it had been read at once", async () => {
    for (const cut of ["", "A,2024-03-11T14:30:10Z,101,2"]) {
      const path = await fileOf(TICKS + cut);
      const source = await csvSource({ path });
      const { states } = await readAll(source);
      const grown = TICKS + (cut === "" ? MORE : `${cut}\n${MORE}`);
      await Deno.writeTextFile(path, grown);
      const rest = await readAll(await csvSource({ path }), states.at(-1));
      const whole = await readAll(await csvSource({ path: await fileOf(grown) }));
      assertEquals(idsOf(rest), idsOf(whole).slice(cut === "" ? 2 : 3));
      assertEquals(new Set(idsOf(whole)).size, idsOf(whole).length);
    }
  });

  it("gives a longer export, its copy and its .gz the same identities", async () => {
    const short = idsOf(await readText(TICKS));
    const long = idsOf(await readText(TICKS + MORE));
    const gz = await csvSource({ path: await fileOf(await gzip(TICKS + MORE), "b.csv.gz") });
    assertEquals([long.slice(0, 2), idsOf(await readAll(gz))], [short, long]);
    const zeros = TICKS.replaceAll(",100,1", ",100.00,1.0");
    assertEquals(idsOf(await readText(zeros)), short);
  });

  it("names trades alike in whatever order a file has them, from whatever place it is read", async () => {
    const rows = Array.from({ length: 300 }, (_, i) => `A,${1_700_000_000 + i % 7},100,${i % 3}`);
    const sorted = rows.toSorted();
    // In order for longer than is looked at first, then not.
    const filler = Array.from({ length: 2500 }, (_, i) => `A,${1_600_000_000 + i},1,1`);
    const texts = [[...filler, ...sorted], [...filler, ...rows], rows.concat(filler)].map((all) =>
      `symbol,timestamp,price,size\n${all.join("\n")}\n`
    );
    const [ordered, late, mixed] = await Promise.all(
      texts.map(async (text) => idsOf(await readText(text, { chunkRows: 100 })).toSorted()),
    );
    assertEquals(new Set(ordered).size, 2800);
    assertEquals([late, mixed], [ordered, ordered]);

    const path = await fileOf(texts[1] ?? "");
    const source = await csvSource({ path, chunkRows: 100 });
    const whole = await readAll(source);
    for (const at of [3, 26, 27]) {
      const begun = await readAll(source, undefined, at);
      const rest = await readAll(source, begun.states.at(-1));
      assertEquals([...idsOf(begun), ...idsOf(rest)], idsOf(whole));
    }
  });

  it("refuses to read on as something else where a file that grew says otherwise", async () => {
    const bar = (time: string) => `2024-01-02T${time}:00Z,1,2,1,2\n`;
    const text = `time,open,high,low,close\n${bar("09:30")}${bar("09:35")}`;
    const path = await fileOf(text);
    const { states } = await readAll(await csvSource({ path, symbol: "A" }));
    await Deno.writeTextFile(path, text + bar("09:36") + bar("09:37") + bar("09:38"));
    const grown = await csvSource({ path, symbol: "A" });
    assertEquals(await codeOf(readAll(grown, states.at(-1))), "CSV_READ_OTHERWISE");
  });

  it("reads a file from its start when any byte before the place changed, and says so", async () => {
    const filler = "A,2024-03-11T14:30:00Z,100,1\n".repeat(40_000);
    const path = await fileOf(TICKS + filler);
    const { states } = await readAll(await csvSource({ path }));
    // Beyond the first MiB: once only that was looked at.
    const changed = (TICKS + filler).replace(/100,1\n$/, "109,1\n");
    await Deno.writeTextFile(path, changed);
    const notices: string[] = [];
    const onNotice = (notice: string) => notices.push(notice);
    const again = await readAll(await csvSource({ path, onNotice }), states.at(-1));
    assertEquals(rowsOf(again).length, 40_002);
    assertMatch(notices.join("\n"), /changed since 40003 lines of it were read/);
  });

  it("refuses other options for what was read, unless asked again or nothing had been accepted", async () => {
    const path = await fileOf("Date,Open,High,Low,Close\n2020-01-02,1,2,1,2\n2020-01-03,1,2,1,2\n");
    const wrong = await csvSource({ path, symbol: "APPL" });
    const { states: [state] } = await readAll(wrong);
    const right = await csvSource({ path, symbol: "AAPL" });
    assertEquals(right.name, wrong.name);
    const error = await assertRejects(() => readAll(right, state), TickhouseError);
    assertEquals(error.code, "CSV_READ_OTHERWISE");
    assertStringIncludes(
      error.message,
      "2 records of it were read with symbol APPL, as bars 1d, now it is symbol AAPL",
    );
    const again = await csvSource({ path, symbol: "AAPL", again: true });
    assertEquals(Object.keys((await readAll(again, state)).records), ["AAPL"]);
    assertEquals((await readAll(right, WITHDRAWN_STATE)).records["AAPL"]?.length, 2);

    const days = await fileOf(
      "Symbol,Date,Open,High,Low,Close\nA,13/14/2020,1,2,1,2\nA,1/2/2020,1,2,1,2\n",
    );
    const none = await readAll(await csvSource({ path: days, timeFormat: "%Y" }));
    assertEquals([rowsOf(none).length, none.refused.length], [0, 2]);
    const some = await readAll(
      await csvSource({ path: days, dateOrder: "mdy" }),
      none.states.at(-1),
    );
    assertEquals([rowsOf(some).length, some.refused.length], [1, 1]);
    assertEquals(await codeOf(readAll(right, "{}")), "CSV_STATE_INVALID");
    assertEquals(await codeOf(readAll(right, "junk")), "CSV_STATE_INVALID");
  });

  it("asks where symbols have bars of several lengths, and tells of those that come later", async () => {
    const bar = (symbol: string, ms: number) => `${symbol},${ms},1,2,1,2\n`;
    const start = Date.UTC(2024, 2, 4);
    const hours = (count: number) =>
      Array.from({ length: count }, (_, i) => bar("H", start + i * 3_600_000)).join("");
    const daily = Array.from({ length: 9 }, (_, i) => bar("D", start + i * 86_400_000)).join("");
    const header = "symbol,timestamp,open,high,low,close\n";
    assertEquals(await codeOf(readText(header + hours(9) + daily)), "CSV_UNCERTAIN");
    const notices: string[] = [];
    const onNotice = (notice: string) => notices.push(notice);
    await readText(header + hours(2100) + daily, { onNotice });
    assertMatch(notices.at(-1) ?? "", /^D: no bar is as far from the one before/);
  });

  it("yields nothing behind the end, and stops without an error when aborted", async () => {
    const path = await fileOf(`${HEADER}\n${`${GOOD}\n`.repeat(50)}`);
    const source = await csvSource({ path, chunkRows: 10 });
    const { states, progress } = await readAll(source);
    assertEquals((await readAll(source, states.at(-1))).states, []);
    assertEquals([states.length, progress.at(-1)], [5, 1]);
    const abort = new AbortController();
    let batches = 0;
    for await (const _ of source.read(undefined, abort.signal)) if (++batches === 2) abort.abort();
    assertEquals(batches, 2);
  });

  it("infers each dataset from a header of its own column names", async () => {
    for (const dataset of DATASETS) {
      const path = await fileOf(`${dataset.columns.map((c) => c.name).join(",")}\nx\n`);
      assertEquals((await csvSource({ path })).dataset.name, dataset.name);
    }
  });
});

describe("CsvSource.read() at a pace", () => {
  const TICKS =
    "symbol,price,size,timestamp\nA,1,1,2024-01-02T00:00:00Z\nA,2,1,2024-01-02T00:00:01Z\n" +
    "A,bad,1,2024-01-02T00:00:01Z\nA,3,1,2024-01-02T00:00:11Z\nB,4,1,2024-01-01T00:00:00Z\n" +
    "B,5,1,2024-01-01T00:00:04Z\n";

  async function replay(speed: number): Promise<[number, number, number][]> {
    let now = 0;
    const source = await csvSource({
      path: await fileOf(TICKS),
      pace: { speed },
      clock: () => now,
      sleep: (ms) => {
        now += ms;
        return Promise.resolve();
      },
    });
    const seen: [number, number, number][] = [];
    for await (const batch of source.read(undefined, new AbortController().signal)) {
      const count = batch.records.reduce((sum, r) => sum + r.values.length, 0);
      seen.push([now, count, batch.refused.length]);
    }
    return seen;
  }

  it("waits as long as the events were apart, and begins again for the next series", async () => {
    assertEquals(await replay(1), [[0, 1, 0], [1000, 1, 1], [11_000, 2, 0], [15_000, 1, 0]]);
  });

  it("waits the tenth at ten times the speed", async () => {
    assertEquals(await replay(10), [[0, 1, 0], [100, 1, 1], [1100, 2, 0], [1500, 1, 0]]);
  });

  it("stops waiting when aborted, with all that was due yielded", async () => {
    const path = await fileOf(TICKS);
    const source = await csvSource({ path, pace: { speed: 1e-6 } });
    const abort = new AbortController();
    const states: string[] = [];
    for await (const { state } of source.read(undefined, abort.signal)) {
      states.push(state);
      queueMicrotask(() => abort.abort());
    }
    assertEquals(states.map((s) => JSON.parse(s).line), [2]);
    const rest = await readAll(await csvSource({ path }), states[0]);
    assertEquals(rowsOf(rest).length, 4);
  });
});
