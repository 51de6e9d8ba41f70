/** The ledger of gaps, held against what should be there and what is. @module */
import type { Calendar } from "../calendar/calendar.ts";
import { day } from "../history/time.ts";
import type { Gap } from "../metadata/gaps.ts";
import type { MetadataStore, Series } from "../metadata/metadata.ts";
import type { Range } from "../metadata/range.ts";
import type { Reader } from "../read/reader.ts";
import { type SeriesGaps, seriesGaps } from "./series_gaps.ts";

/** Which series; without anything all. */
export interface GapsFilter {
  /** As rows and the ledger name it, such as "yahoo". */
  readonly provider?: string;
  /** As the provider writes it. */
  readonly symbol?: string;
  /** One of bars', or "trade" or "quote". */
  readonly interval?: string;
}

/** What is asked. */
export interface GapsParts {
  readonly metadata: MetadataStore;
  readonly calendar: Calendar;
  /** Null where there is no DuckDB warehouse: then nobody says what is there. */
  readonly reader: Pick<Reader, "query"> | null;
}

/** All series that were fetched, or of which something is missing, held against calendar and warehouse. */
export async function findGaps(parts: GapsParts, filter: GapsFilter = {}): Promise<SeriesGaps[]> {
  const { metadata, calendar, reader } = parts;
  const isWanted = (series: Series) =>
    (["provider", "symbol", "interval"] as const).every((name) =>
      filter[name] === undefined || filter[name] === series[name]
    );
  const marks = (await metadata.watermarks.list(filter.provider)).filter(isWanted);
  const gaps = (await metadata.gaps.list(filter)).filter(isWanted);
  const byKey = Map.groupBy(gaps, keyOf);
  const covered = new Map(marks.map((mark) => [keyOf(mark), mark]));
  const keys = [...new Set([...covered.keys(), ...byKey.keys()])].sort();
  const found: SeriesGaps[] = [];
  for (const key of keys) {
    const mark = covered.get(key);
    const own = byKey.get(key) ?? [];
    const [series] = [...mark ? [mark] : [], ...own];
    if (!series) continue;
    const { provider, symbol, interval } = series;
    const range = mark ? { fromUs: mark.fromUs, toUs: mark.toUs } : null;
    const exchange = await exchangeOf(metadata, calendar, series, mark?.toUs ?? own[0]?.toUs ?? 0);
    const there = reader && range ? await barsThere(reader, series, range) : null;
    found.push(seriesGaps(calendar, {
      series: { provider, symbol, interval },
      ...{ covered: range, gaps: own, exchange, there },
    }));
  }
  return found;
}

function keyOf({ provider, symbol, interval }: Series): string {
  return JSON.stringify([provider, symbol, interval]);
}

/** By the reference tables, else as the provider told it. */
async function exchangeOf(
  { symbols }: Pick<MetadataStore, "symbols">,
  calendar: Calendar,
  { provider, symbol }: Series,
  atUs: number,
): Promise<string | null> {
  const date = day(atUs);
  const listed = calendar.exchangeOf(provider, symbol, date);
  return listed ?? (await symbols.at(provider, symbol, date))?.exchange ?? null;
}

/** Of each bar the version that came last counts, unless it takes the bar back. */
const THERE = `
select epoch_us(open_time)
from (
    select
        open_time, action,
        row_number() over (partition by open_time order by _partition desc, _offset desc) as newest
    from bronze.bars
    where source = ? and symbol = ? and bar_interval = ?
        and open_time >= make_timestamp(?::bigint) and open_time < make_timestamp(?::bigint)
)
where newest = 1 and action is distinct from 'cancel'
`;

/** Where the bars begin that the warehouse has; null where it has no such table yet. */
async function barsThere(
  reader: Pick<Reader, "query">,
  { provider, symbol, interval }: Series,
  { fromUs, toUs }: Range,
): Promise<ReadonlySet<number>> {
  const { rows } = await reader.query(THERE, [provider, symbol, interval, fromUs, toUs]);
  return new Set(rows.map(([openUs]) => Number(openUs)));
}

/** What of all gaps is open: a later run may fill it. */
export function openGaps(found: readonly SeriesGaps[]): Gap[] {
  return found.flatMap(({ gaps }) => gaps.filter(({ state }) => state === "open"));
}
