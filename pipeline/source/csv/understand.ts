/** What a CSV file is: all that must be known of it before a row is stored. @module */
import { BAR_INTERVALS } from "../../datasets/bars.ts";
import type { Dataset } from "../../datasets/dataset.ts";
import type { Conclusion } from "../preview.ts";
import type { FileFormat } from "../formats/format.ts";
import { FORMATS } from "../formats/formats.ts";
import { yfinance, yfinanceRaw } from "../formats/yfinance.ts";
import { type Layout, layoutOf, normalName } from "./columns.ts";
import { arePacked } from "./conditions.ts";
import {
  type IntervalFound,
  intervalNamed,
  intervalOf,
  isOfDays,
  isUsual,
  spoken,
  type TimesWritten,
  tooNear,
} from "./interval.ts";
import type { IdForm } from "./known_ids.ts";
import type { Place } from "./lines.ts";
import { cleanCell } from "./cell.ts";
import { isMissing, type NumberStyle, readNumber, styleOf } from "./numbers.ts";
import { type Answers, answersOf, type CsvOptions, fileNameOf, symbolOfName } from "./options.ts";
import { type Sample, sampleOf } from "./sample.ts";
import { assertIds, idFormOf } from "./sample_ids.ts";
import { formOf, type TextForm } from "./text.ts";
import {
  type DateOrder,
  midnightOf,
  needsOrder,
  orderOf,
  readTime,
  type TimeStyle,
  type Written,
} from "./time.ts";
import { uncertain } from "./uncertain.ts";
import { Zone } from "./zone.ts";

/** Fewer distances do not contradict what a person says. */
const DISTANCES_MIN = 5;
/** With no more times, a symbol says little of how far its bars are apart. */
const TIMES_MIN = 3;

/** What a file is. */
export interface Understanding {
  readonly form: TextForm;
  readonly format: FileFormat | undefined;
  readonly separator: string;
  readonly dataset: Dataset;
  /** One, or one for each symbol that has columns of its own. */
  readonly layouts: readonly Layout[];
  readonly numbers: NumberStyle;
  readonly times: TimeStyle;
  readonly zone: Zone | undefined;
  /** Of bars. */
  readonly interval: string | undefined;
  /** Whether only the day counts that is written. */
  readonly ofDays: boolean;
  readonly newestFirst: boolean;
  /** Of trades, what the file's ids are made of; undefined without ids, or if all are unique. */
  readonly idForm: IdForm | undefined;
  /** Whether each character of a sale condition is one of its own. */
  readonly packed: boolean;
  /** The first row. */
  readonly start: Place;
  readonly conclusions: readonly Conclusion[];
}

/**
 * Understands a file, or says what it does not: nothing is guessed. Throws what `formOf`, `sampleOf`
 * and `layoutOf` throw, and `CSV_UNCERTAIN`, which names the flag that answers it.
 */
export async function understand(options: CsvOptions): Promise<Understanding> {
  const answers = answersOf(options);
  const form = await formOf(options.path, options.encoding);
  const sample = await sampleOf(options.path, form, {
    separator: answers.separator,
    skip: options.skip,
    header: options.columns ? false : options.header,
  });
  return new Understander(options, answers, form, sample).all();
}

class Understander {
  readonly #options: CsvOptions;
  readonly #answers: Answers;
  readonly #form: TextForm;
  readonly #sample: Sample;
  readonly #conclusions: Conclusion[] = [];
  readonly #name: string;

  constructor(options: CsvOptions, answers: Answers, form: TextForm, sample: Sample) {
    this.#options = options;
    this.#answers = answers;
    this.#form = form;
    this.#sample = sample;
    this.#name = fileNameOf(form.entry?.name ?? options.path);
  }

  all(): Understanding {
    this.#describeText();
    const wide = wideOf(this.#sample);
    const rows = wide?.rows ?? this.#sample.rows;
    const format = wide ? undefined : this.#format();
    const header = wide?.header ?? this.#header(format);
    const layout = this.#layout(header, rows, format, wide);
    const { dataset } = layout;
    this.#conclude("dataset", dataset.name);
    const times = this.#times(layout, rows, format);
    const written = this.#writtenTimes(layout, rows, times);
    const series = seriesOf(layout, rows, written);
    const idForm = idFormOf(layout, format);
    assertIds(layout, rows, { written, idForm, format });
    const interval = this.#interval(layout, rows, { written, series, times, format });
    const ofDays = interval !== undefined && isOfDays(interval);
    const zone = this.#zone(written, ofDays, format);
    const symbol = this.#symbol(layout, format, wide);
    const adjustment = wide?.adjustment;
    const given = {
      ...(interval === undefined || layout.cells.has("bar_interval")
        ? {}
        : { bar_interval: interval }),
      ...(symbol === undefined ? {} : { [dataset.key]: symbol }),
      ...(adjustment === undefined ? {} : { adjustment }),
    };
    const constants = new Map([...Object.entries(given), ...layout.constants]);
    if (interval !== undefined && constants.has("bar_interval")) {
      constants.set("bar_interval", interval);
    }
    const whole: Layout = { ...layout, constants };
    this.#describeColumns(whole, wide);
    if (idForm?.byVenue) {
      this.#conclude(
        "trade_id",
        "that of its venue, as XNAS/a1; a number with its day before both",
      );
    }
    return {
      form: this.#form,
      format,
      separator: this.#sample.separator,
      dataset,
      layouts: wide ? wide.layouts(whole) : [whole],
      numbers: this.#numbers(layout, rows, format),
      times,
      zone,
      interval,
      ofDays: ofDays ||
        dataset.columns.some((c) => c.name === dataset.eventTime && c.type.kind === "date"),
      newestFirst: this.#order(series),
      idForm,
      packed: this.#packed(layout, rows),
      start: this.#sample.startOf(wide?.headers ?? 0),
      conclusions: this.#conclusions,
    };
  }

  #conclude(what: string, says: string): void {
    this.#conclusions.push({ what, says });
  }

  #describeText(): void {
    const { packing, encoding, encodingBy, lineEnd, entry } = this.#form;
    const parts = [
      ...(packing === "plain" ? [] : [entry ? `zip of ${entry.name}` : packing]),
      encodingBy === "bytes" && encoding !== "utf-8"
        ? `${encoding}, since it is not UTF-8 (--encoding names another)`
        : encoding,
      ...(lineEnd === "CR" ? ["lines end in CR"] : []),
      ...(this.#sample.separator === ","
        ? []
        : [`cells are separated by ${JSON.stringify(this.#sample.separator)}`]),
    ];
    if (parts.length > 1 || encoding !== "utf-8") this.#conclude("text", parts.join(", "));
    const { preamble } = this.#sample;
    if (preamble.length > 0) {
      const [first = ""] = preamble.filter(Boolean);
      this.#conclude(
        "passed over",
        `${preamble.length} lines before the header: ${first.slice(0, 60)}`,
      );
    }
  }

  #format(): FileFormat | undefined {
    const { header, rows, preamble } = this.#sample;
    const told = this.#answers.format;
    const names = header?.map(normalName);
    // Some end their lines in a separator.
    while (names?.at(-1) === "") names.pop();
    const columns = this.#options.columns;
    const found = told ?? (columns ? undefined : FORMATS.find((format) => {
      const { headers, headerless, preamble: before, firstTime, fileName, needsName } = format;
      if (needsName && !fileName?.test(this.#name)) return false;
      if (!names) return headerless?.looks(rows[0] ?? []);
      if (before) return preamble.some((line) => before.test(line));
      if (!headers) return fileName !== undefined && fileName.test(this.#name);
      const first = rows[0]?.[0] ?? "";
      return headers.some((one) =>
        one.length === names.length && one.every((n, i) => n === names[i])
      ) &&
        (firstTime === undefined || firstTime.test(first));
    }));
    if (found) this.#conclude("format", `${found.name}: ${found.meaning}`);
    return found;
  }

  #header(format: FileFormat | undefined): readonly string[] {
    const { header, rows } = this.#sample;
    if (header) return header;
    const told = this.#options.columns ?? format?.headerless?.columns.map((name) => name ?? "-");
    const width = rows[0]?.length ?? 0;
    if (!told) {
      throw uncertain(
        "header",
        rows[0]?.join(",").slice(0, 80),
        "the first row holds values: there is no header",
        `name the columns: --no-header --columns symbol,open_time,open,… (${width} of them, - for ` +
          "what to leave out)",
      );
    }
    const names = told.slice(0, width);
    if (this.#options.columns && told.length !== width) {
      throw uncertain(
        "columns",
        told.join(","),
        `the rows have ${width} cells, and ${told.length} columns are named`,
        "name one for each cell, - for what to leave out",
      );
    }
    return names;
  }

  #layout(
    header: readonly string[],
    rows: readonly (readonly string[])[],
    format: FileFormat | undefined,
    wide: Wide | undefined,
  ): Layout {
    const { dataset, datasets, map = {}, set = {}, symbol } = this.#options;
    const layout = layoutOf({
      ...{ header, rows, map, set, format, source: wide?.source },
      datasets: dataset ? [dataset] : datasets,
    });
    const { key } = layout.dataset;
    const column = wide ? "a row of symbols" : header[layout.cells.get(key) ?? -1];
    if (symbol !== undefined && column !== undefined) {
      throw uncertain(
        "symbol",
        symbol,
        `the file says it itself, in ${column}`,
        wide ? "leave it out" : `leave it out, or let it win over the file: --set ${key}=${symbol}`,
      );
    }
    return layout;
  }

  /** How the cells of the time's column are read. */
  #times(
    layout: Layout,
    rows: readonly (readonly string[])[],
    format: FileFormat | undefined,
  ): TimeStyle {
    const { numbers, pattern } = this.#answers;
    if (pattern) return { pattern };
    const cells = timeCells(layout, rows);
    const orders = {
      order: this.#dateOrder(cells, "/", format),
      dotOrder: this.#dateOrder(cells, ".", format),
    };
    if (numbers) return { numbers, ...orders };
    if (format?.numbers) return { numbers: format.numbers, ...orders };
    const name = normalName(layout.header[layout.cells.get(layout.dataset.eventTime) ?? -1] ?? "");
    const filled = cells.filter((cell) => !isMissing(cell));
    const numeric = filled.filter((cell) => /^-?\d+(\.\d+)?$/.test(cell));
    if (numeric.length === 0) return orders;
    const days = numeric.every((cell) => /^(18|19|20|21)\d{6}(\.0+)?$/.test(cell)) &&
      numeric.every((cell) => typeof readTime(cell, { numbers: "yyyymmdd" }) === "object");
    if (ofDaysName(name) && days && numeric.length === filled.length) {
      this.#conclude("times", `${name} holds days as yyyymmdd`);
      return { numbers: "yyyymmdd", ...orders };
    }
    if (!ofDaysName(name)) {
      const read = numeric.map((cell) => readTime(cell, { numbers: "digits" }));
      if (read.some((time) => typeof time === "object")) return { numbers: "digits", ...orders };
    }
    // Where some are written out, the numbers among them are refused one by one.
    if (numeric.length < filled.length) return orders;
    throw uncertain(
      layout.header[layout.cells.get(layout.dataset.eventTime) ?? -1] ?? "time",
      numeric[0],
      "a number can be a day of Excel, a month, a day, or a count since 1970",
      "say which: --time-format excel, yyyymm, yyyymmdd, s, ms, us or ns",
    );
  }

  /** Of days with points, or with other marks, between their parts; undefined: each by itself. */
  #dateOrder(
    cells: readonly string[],
    mark: "." | "/",
    format: FileFormat | undefined,
  ): DateOrder | undefined {
    const { dateOrder } = this.#options;
    const open = cells.filter((cell) => needsOrder(cell, mark));
    const seen = new Set(open.map(orderOf).filter((order) => order !== undefined));
    const [order] = seen;
    const spoken = (one: DateOrder) => `days are written ${one === "mdy" ? "month" : "day"} first`;
    if (dateOrder) {
      const other = open.find((cell) => (orderOf(cell) ?? dateOrder) !== dateOrder);
      if (other === undefined) return dateOrder;
      throw uncertain("dateOrder", dateOrder, `the file says otherwise: ${other}`, "leave it out");
    }
    if (open.length === 0) return format?.dateOrder;
    if (seen.size === 1 && order) {
      this.#conclude("times", spoken(order));
      return order;
    }
    if (seen.size > 1) return undefined; // Each cell that is clear by itself is read.
    const usual = format?.dateOrder ?? (mark === "." && !hasShortYear(open) ? "dmy" : undefined);
    if (usual && !monthsApart(open, usual)) {
      this.#conclude(
        "times",
        `${spoken(usual)}${format?.dateOrder ? `, as ${format.name} does` : ""}`,
      );
      return usual;
    }
    if (open.length < cells.length) return undefined;
    throw uncertain(
      "date",
      open[0],
      "day and month can't be told apart",
      "say which comes first: --date-order mdy or dmy",
    );
  }

  /** The times of the sample that can be read, by row. */
  #writtenTimes(
    layout: Layout,
    rows: readonly (readonly string[])[],
    style: TimeStyle,
  ): readonly (Written | undefined)[] {
    return rows.map((row) => {
      const cell = timeCell(layout, row, style.pattern !== undefined);
      const time = cell === "" ? "" : readTime(cell, style);
      return typeof time === "string" ? undefined : time;
    });
  }

  #interval(
    layout: Layout,
    rows: readonly (readonly string[])[],
    { written, series, times, format }: {
      readonly written: readonly (Written | undefined)[];
      readonly series: Series;
      readonly times: TimeStyle;
      readonly format: FileFormat | undefined;
    },
  ): string | undefined {
    const { dataset, cells, constants } = layout;
    if (!dataset.columns.some(({ name }) => name === "bar_interval")) return undefined;
    const found = this.#intervalSeen(written, series, times);
    const distances = distancesOf(series);
    const told = this.#answers.interval;
    if (told !== undefined && cells.has("bar_interval")) {
      throw uncertain(
        "interval",
        told,
        "the file has a column of it",
        `leave it out, or let it win over the file: --set bar_interval=${told}`,
      );
    }
    if (told !== undefined) {
      const wrong = contradiction(told, distances);
      const open = found.interval === undefined && !wrong?.near;
      if (!wrong || open || found.interval === told) return told;
      throw uncertain("interval", told, wrong.what, "name theirs, or leave it out");
    }
    if (cells.has("bar_interval")) return this.#intervalOfColumn(layout, rows, distances);
    if (constants.has("bar_interval")) return constants.get("bar_interval");
    const named = intervalNamed(format?.fileName?.exec(this.#name)?.groups?.["interval"] ?? "");
    // The file's name says it, unless the times say that it can't be.
    const fits = named !== undefined && !contradiction(named, distances);
    const interval = fits ? named : found.interval;
    if (interval === undefined) {
      throw uncertain(
        "bar_interval",
        undefined,
        `the length of a bar can't be told: ${found.because}`,
        `name it: --interval ${BAR_INTERVALS.join(", ")}`,
      );
    }
    this.#conclude("interval", `${interval}: ${fits ? "the file's name" : found.because}`);
    return interval;
  }

  /** Of a column: the one of all rows, where there is only one. */
  #intervalOfColumn(
    layout: Layout,
    rows: readonly (readonly string[])[],
    distances: readonly number[],
  ): string | undefined {
    const index = layout.cells.get("bar_interval") ?? -1;
    const cells = new Set(rows.map((row) => cleanCell(row[index] ?? "")));
    const names = new Set([...cells].map(intervalNamed));
    const [only] = names;
    if (names.size === 1) {
      const wrong = only && contradiction(only, distances);
      if (!wrong || !wrong.near) return only;
      throw uncertain(
        "bar_interval",
        only,
        wrong.what,
        "leave the column out by --map bar_interval=-, and name the interval",
      );
    }
    const known = [...names].filter((name) => name !== undefined);
    if (new Set(known.map(isOfDays)).size < 2) return known[0];
    throw uncertain(
      "bar_interval",
      known.join(", "),
      "bars of days and of a time of day stand in one file",
      "give each a file of its own",
    );
  }

  #intervalSeen(
    written: readonly (Written | undefined)[],
    series: Series,
    { numbers }: TimeStyle,
  ): IntervalFound {
    if (numbers === "yyyymm") return { interval: "1mo", because: "times are months" };
    const known = written.filter((time) => time !== undefined);
    const clocks = known.map(({ localUs }) => localUs - midnightOf(localUs));
    const how = {
      days: known.filter(({ clock }) => !clock).length * 2 >= known.length,
      midnight: clocks.every((us) => us === 0),
    };
    this.#assertAlike(series, how);
    return intervalOf(series.values(), how);
  }

  /** Bars of one length only can be labelled by one. */
  #assertAlike(series: Series, how: TimesWritten): void {
    if (this.#answers.interval !== undefined) return;
    const lengths = new Map<string, string>();
    for (const [symbol, times] of series) {
      const found = times.length > TIMES_MIN ? intervalOf([times], how).interval : undefined;
      if (found !== undefined && !lengths.has(found)) lengths.set(found, symbol);
    }
    if (lengths.size < 2) return;
    const shown = [...lengths].map(([interval, symbol]) => `${symbol} has bars of ${interval}`);
    throw uncertain(
      "bar_interval",
      undefined,
      `symbols have bars of several lengths: ${shown.join(", ")}`,
      "give it in a column bar_interval, or each length in a file of its own",
    );
  }

  #zone(
    written: readonly (Written | undefined)[],
    ofDays: boolean,
    format: FileFormat | undefined,
  ): Zone | undefined {
    const { timeZone } = this.#options;
    if (timeZone !== undefined) return new Zone(timeZone);
    const known = written.filter((time) => time !== undefined);
    if (ofDays) {
      const shifted = known.find(({ offsetUs, localUs, clock }) =>
        offsetUs === 0 && clock && localUs !== midnightOf(localUs)
      );
      if (format?.timeZone) return new Zone(format.timeZone);
      if (shifted) {
        throw uncertain(
          "time",
          new Date(shifted.localUs / 1000).toISOString(),
          "a day that begins at this time of UTC can be another day where the exchange is",
          "name its zone: --time-zone America/New_York",
        );
      }
      return undefined;
    }
    const open = known.some(({ offsetUs, clock }) => offsetUs === undefined && clock);
    if (format?.timeZone) {
      if (open && format.timeZone !== "UTC") {
        this.#conclude("times", `those of ${format.timeZone}, as ${format.name} has them`);
      }
      return new Zone(format.timeZone);
    }
    if (open) {
      this.#conclude("times", "have no zone and are taken for UTC (--time-zone names another)");
    }
    return undefined;
  }

  #symbol(
    layout: Layout,
    format: FileFormat | undefined,
    wide: Wide | undefined,
  ): string | undefined {
    const { key } = layout.dataset;
    if (wide || layout.cells.has(key) || layout.constants.has(key)) return undefined;
    const { symbol } = this.#options;
    if (symbol !== undefined) return symbol;
    const named = format?.fileName?.exec(this.#name)?.groups?.["symbol"]?.toUpperCase() ??
      symbolOfName(this.#name);
    if (named === undefined) {
      throw uncertain(
        key,
        undefined,
        "the file does not say which instrument it is of",
        "name it: --symbol AAPL",
      );
    }
    this.#conclude("symbol", `${named}, by the file's name (--symbol names another)`);
    return named;
  }

  #numbers(
    layout: Layout,
    rows: readonly (readonly string[])[],
    format: FileFormat | undefined,
  ): NumberStyle {
    const { decimal, thousands } = this.#options;
    const wanted = layout.dataset.columns.filter(({ type }) => type.kind === "decimal")
      .map(({ name }) => layout.cells.get(name)).filter((index) => index !== undefined);
    const cells = rows.flatMap((row) => wanted.map((index) => cleanCell(row[index] ?? "")))
      .filter((cell) => !isMissing(cell));
    const told = {
      ...(decimal ?? format?.decimal ? { decimal: decimal ?? format?.decimal } : {}),
      ...(thousands ?? format?.thousands ? { thousands: thousands ?? format?.thousands } : {}),
    } as Parameters<typeof styleOf>[1];
    const { style, doubt } = styleOf(cells, told, this.#sample.separator !== ",");
    if (doubt !== undefined) {
      throw uncertain(
        "numbers",
        doubt,
        "it can't be told which sign is the decimal one",
        "name it: --decimal , or --decimal . (or the one of thousands: --thousands .)",
      );
    }
    const grouped = cells.find((cell) =>
      readNumber(cell, { ...style, thousands: undefined }) === undefined &&
      readNumber(cell, style) !== undefined
    );
    if (style.decimal === ",") {
      this.#conclude(
        "numbers",
        `decimals behind a comma${grouped ? `, ${grouped} in groups` : ""}`,
      );
    } else if (grouped && style.thousands) {
      this.#conclude("numbers", `in groups of digits, such as ${grouped}`);
    }
    return style;
  }

  #packed({ cells, dataset }: Layout, rows: readonly (readonly string[])[]): boolean {
    const name = dataset.columns.find(({ isList }) => isList)?.name ?? "";
    const index = cells.get(name);
    const column = index === undefined ? [] : rows.map((row) => row[index] ?? "");
    if (!arePacked(column)) return false;
    const such = column.find((cell) => /\S\S/.test(cell)) ?? "";
    this.#conclude(name, `each character is a code, as on the tapes: ${JSON.stringify(such)}`);
    return true;
  }

  #order(series: Series): boolean {
    let [up, down] = [0, 0];
    for (const times of series.values()) {
      for (let i = 1; i < times.length; i++) {
        const step = (times[i] ?? 0) - (times[i - 1] ?? 0);
        if (step > 0) up++;
        if (step < 0) down++;
      }
    }
    const newestFirst = down > 0 && up === 0;
    if (newestFirst) this.#conclude("order", "newest first");
    return newestFirst;
  }

  #describeColumns(layout: Layout, wide: Wide | undefined): void {
    const { cells, constants, header, dataset, madeId, extra, clock } = layout;
    const from = [...cells].filter(([name, index]) =>
      normalName(header[index] ?? "") !== normalName(name)
    )
      .map(([name, index]) => `${name} is ${header[index] || `cell ${index + 1}`}`);
    if (clock !== undefined) {
      from.push(`the time of day is ${header[clock] || `cell ${clock + 1}`}`);
    }
    if (from.length > 0) this.#conclude("columns", from.join(", "));
    for (const [name, value] of constants) {
      if (name === "symbol" && this.#conclusions.some(({ what }) => what === "symbol")) continue;
      if (name === "bar_interval" && this.#conclusions.some(({ what }) => what === "interval")) {
        continue;
      }
      this.#conclude(name, `${JSON.stringify(value)} in every row`);
    }
    if (wide) this.#conclude("symbols", wide.symbols.join(", "));
    const left = extra.filter((name) => normalName(name) !== "");
    if (left.length > 0) {
      this.#conclude("left out", `not part of ${dataset.name}: ${left.join(", ")}`);
    }
    if (madeId) {
      this.#conclude(
        "trade_id",
        "made of time, price, size and place among equal ones: the file has none",
      );
    }
    const adjustable = dataset.columns.some(({ name }) => name === "adjustment");
    if (adjustable && !constants.has("adjustment") && !cells.has("adjustment")) {
      this.#conclude(
        "adjustment",
        "not said: prices are taken as traded (--set adjustment=splits or all if they are adjusted)",
      );
    }
  }
}

/** Columns of several symbols side by side, as pandas writes those of yfinance. */
interface Wide {
  readonly header: readonly string[];
  readonly symbols: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly adjustment: string;
  /** The format of one symbol that it is like. */
  readonly source: string;
  readonly layouts: (layout: Layout) => readonly Layout[];
  /** Rows of the sample that are headers too. */
  readonly headers: number;
}

function wideOf({ header, rows }: Sample): Wide | undefined {
  const [first = "", ...tops] = header ?? [];
  const [second] = rows;
  if (!second || !["price", "ticker", "", "attributes"].includes(normalName(first))) {
    return undefined;
  }
  if (!["ticker", "price", "symbols", ""].includes(normalName(second[0] ?? ""))) return undefined;
  const isPrice = (name: string) =>
    ["open", "high", "low", "close", "adjclose", "volume"].includes(normalName(name));
  const belows = second.slice(1);
  const byPrice = tops.every(isPrice);
  if (!byPrice && !belows.every(isPrice)) return undefined;
  const prices = byPrice ? tops : belows;
  const tickers = (byPrice ? belows : tops).map(cleanCell);
  if (tickers.some((ticker) => ticker === "")) return undefined;
  const names = rows[1] !== undefined && /^(date|datetime)$/i.test(rows[1][0] ?? "") ? 2 : 1;
  const symbols = [...new Set(tickers)];
  const [sample] = symbols;
  const unadjusted = prices.some((price) => normalName(price) === "adjclose");
  const of = (
    symbol: string | undefined,
  ) => ["Date", ...prices.map((price, i) => tickers[i] === symbol ? price : "")];
  return {
    header: of(sample),
    symbols,
    rows: rows.slice(names),
    adjustment: unadjusted ? "splits" : "all",
    source: (unadjusted ? yfinanceRaw : yfinance).name,
    layouts: (layout) =>
      symbols.map((symbol) => {
        const own = of(symbol).map(normalName);
        const cells = new Map(
          [...layout.cells].map(([name, index]) =>
            [name, own.indexOf(normalName(layout.header[index] ?? ""))] as const
          ).filter(([, index]) => index >= 0),
        );
        return { ...layout, cells, constants: new Map([...layout.constants, ["symbol", symbol]]) };
      }),
    headers: names,
  };
}

function ofDaysName(name: string): boolean {
  return /^(date|day|tradingday|tradedate|tradingdate|datum|date1)$/.test(name);
}

function timeCell(
  { cells, dataset, clock }: Layout,
  row: readonly string[],
  asItIs: boolean,
): string {
  const day = cleanCell(row[cells.get(dataset.eventTime) ?? -1] ?? "");
  return clock === undefined ? day : joinClock(day, cleanCell(row[clock] ?? ""), asItIs);
}

function timeCells(layout: Layout, rows: readonly (readonly string[])[]): string[] {
  const { cells, dataset } = layout;
  return rows.map((row) => cleanCell(row[cells.get(dataset.eventTime) ?? -1] ?? ""))
    .filter((cell) => cell !== "");
}

/** Day and time of day as one text; for a pattern as they stand. */
export function joinClock(day: string, clock: string, asItIs = false): string {
  if (clock === "" || day === "" || asItIs) return `${day} ${clock}`.trim();
  // Fewer digits can be seconds since midnight, too.
  const digits = /^(\d\d)(\d\d)(\d\d)?$/.exec(clock);
  const written = digits ? digits.slice(1).filter(Boolean).join(":") : clock;
  const compact = /^(\d{4})(\d\d)(\d\d)$/.exec(day);
  return `${compact ? compact.slice(1).join("-") : day} ${written}`;
}

/** Whether years have two digits, and so may stand in any place. */
function hasShortYear(cells: readonly string[]): boolean {
  return cells.some((cell) => /^\d\d?\D\d\d?\D\d\d(\D|$)/.test(cell));
}

/** Whether days read in this order lie months apart, and read in the other one days. */
function monthsApart(cells: readonly string[], order: DateOrder): boolean {
  const distance = (one: DateOrder) => {
    const times = cells.map((cell) => readTime(cell, { order: one, dotOrder: one }))
      .filter((time) => typeof time === "object").map(({ localUs }) => localUs);
    const steps = times.slice(1).map((time, i) => Math.abs(time - (times[i] ?? 0)))
      .filter((step) => step > 0).sort((a, b) => a - b);
    return steps[Math.floor(steps.length / 2)] ?? 0;
  };
  const month = 26 * 86_400_000_000;
  const other = distance(order === "mdy" ? "dmy" : "mdy");
  return distance(order) >= month && other > 0 && other < month / 3;
}

/** Times by symbol, in the order of the file, as they are written. Microseconds. */
type Series = ReadonlyMap<string, readonly number[]>;

function seriesOf(
  { cells, dataset }: Layout,
  rows: readonly (readonly string[])[],
  written: readonly (Written | undefined)[],
): Series {
  const key = cells.get(dataset.key) ?? -1;
  const series = new Map<string, number[]>();
  for (const [i, time] of written.entries()) {
    if (!time) continue;
    const symbol = rows[i]?.[key] ?? "";
    const times = series.get(symbol);
    if (times) times.push(time.localUs);
    else series.set(symbol, [time.localUs]);
  }
  return series;
}

/** The distances of neighbours, in microseconds, equal times aside. */
function distancesOf(series: Series): number[] {
  const distances: number[] = [];
  for (const times of series.values()) {
    for (let i = 1; i < times.length; i++) {
      const distance = Math.abs((times[i] ?? 0) - (times[i - 1] ?? 0));
      if (distance > 0) distances.push(distance);
    }
  }
  return distances;
}

/** Why bars can't have the interval that was told: most are nearer, or none is as near. */
function contradiction(interval: string, distances: readonly number[]) {
  const nearer = distances.filter((distance) => tooNear(interval, distance) !== undefined);
  const near = nearer.length * 2 > distances.length;
  const usual = distances.some((distance) => isUsual(interval, distance));
  if (!near && (usual || distances.length < DISTANCES_MIN)) return undefined;
  const nearest = distances.reduce((a, b) => Math.min(a, b));
  return { near, what: `bars are ${spoken(nearest)} apart${near ? "" : ", and none is nearer"}` };
}
