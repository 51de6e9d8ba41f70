/** The interval of bars, from their times. @module */

/** Of intraday bars, in seconds. */
const SECONDS: Readonly<Record<string, number>> = {
  ...{ "1s": 1, "5s": 5, "15s": 15, "30s": 30, "1m": 60, "2m": 120, "3m": 180, "5m": 300 },
  ...{ "10m": 600, "15m": 900, "30m": 1800, "45m": 2700, "1h": 3600, "2h": 7200, "3h": 10_800 },
  ...{ "4h": 14_400, "6h": 21_600, "8h": 28_800, "12h": 43_200 },
};
/** Least distance of two bars, in days; those of a week or a month may begin on a later day. */
const DAYS: Readonly<Record<string, number>> = { "1d": 1, "3d": 3, "1wk": 3, "1mo": 26, "3mo": 86 };

const DAY_US = 86_400_000_000;
const US_PER_S = 1_000_000;
/** Farther apart are no neighbours. */
const LONGEST_US = 100 * DAY_US;
/** Shares of distances: slips that are refused row by row, what is no slip, and what decides. */
const RARE = 0.01;
const OFTEN = 0.1;
const MOSTLY = 0.8;
/** Fewer distances are no proof of a week or a month. */
const LONG_DISTANCES_MIN = 2;

/** Names that the vendors' files and file names have for intervals. */
const NAMES: Readonly<Record<string, string>> = {
  ...{ d: "1d", w: "1wk", M: "1mo", daily: "1d", weekly: "1wk", monthly: "1mo", day: "1d" },
  ...{ d1: "1d", w1: "1wk", mn: "1mo", mn1: "1mo", h1: "1h", h2: "2h", h3: "3h", h4: "4h" },
  ...{ h6: "6h", h8: "8h", h12: "12h", m1: "1m", m2: "2m", m3: "3m", m5: "5m", m10: "10m" },
  ...{ m15: "15m", m30: "30m", "60": "1h", "60m": "1h", "60min": "1h", "240": "4h", "1w": "1wk" },
  ...{ "1440": "1d", "10080": "1wk", "43200": "1mo", "1min": "1m", "5min": "5m", hour: "1h" },
  ...{ "15min": "15m", "30min": "30m", "1": "1m", "5": "5m", "15": "15m", "30": "30m" },
  ...{ "1day": "1d", "1week": "1wk", "1month": "1mo", minute: "1m", hourly: "1h", "1M": "1mo" },
};

/** The interval of that name; undefined if there is none. */
export function intervalNamed(name: string): string | undefined {
  // Only here the case tells: Binance's 1M is a month, 1m a minute.
  const lower = name.toLowerCase();
  const known = NAMES[name] ?? NAMES[lower];
  if (known !== undefined) return known;
  return lower in SECONDS || lower in DAYS ? lower : undefined;
}

/** Whether bars of it are those of days: then the day counts that is written. */
export function isOfDays(interval: string): boolean {
  return interval in DAYS;
}

/** What the times of bars say of their interval. */
export interface IntervalFound {
  /** Undefined: not to be known from the times. */
  readonly interval: string | undefined;
  readonly because: string;
}

/** How times are written. */
export interface TimesWritten {
  /** Most of them are days alone. */
  readonly days: boolean;
  /** All of them are days alone, or at midnight. */
  readonly midnight: boolean;
}

/** From the times of a sample, by symbol in file order, as written. */
export function intervalOf(
  series: Iterable<readonly number[]>,
  { days, midnight }: TimesWritten,
): IntervalFound {
  const counts = new Map<number, number>();
  let far = 0;
  for (const times of series) {
    for (let i = 1; i < times.length; i++) {
      const distance = Math.abs((times[i] ?? 0) - (times[i - 1] ?? 0));
      if (distance > LONGEST_US) far++;
      else if (distance > 0) {
        counts.set(distance, (counts.get(distance) ?? 0) + 1);
      }
    }
  }
  const distances = [...counts].sort(([a, n], [b, m]) => m - n || a - b);
  if (distances.length === 0 && far > 1) {
    return { interval: undefined, because: "all times are farther apart than a quarter" };
  }
  if (distances.length === 0) {
    return days
      ? { interval: "1d", because: "days without a time of day, and no second one to compare" }
      : { interval: undefined, because: "no symbol has two times" };
  }
  const ofDays = distances.every(([distance]) => distance % DAY_US === 0);
  return ofDays ? longInterval(distances, midnight) : shortInterval(distances);
}

function shortInterval(distances: readonly (readonly [number, number])[]): IntervalFound {
  const [[distance, count] = [0, 0]] = distances;
  const total = distances.reduce((sum, [, n]) => sum + n, 0);
  const nearer = distances.filter(([one]) => one < distance).reduce((sum, [, n]) => sum + n, 0);
  const because = `${spoken(distance)} is the commonest distance (${count} times)`;
  if (nearer > total * RARE) {
    const [nearest] = distances.map(([one]) => one).sort((a, b) => a - b);
    return {
      interval: undefined,
      because: `${because}, and ${nearer} are nearer, down to ${spoken(nearest ?? 0)}`,
    };
  }
  const found = Object.entries(SECONDS).find(([, s]) => s * US_PER_S === distance)?.[0];
  return { interval: found, because };
}

/** Distances of days that bars of each length are usually apart, holidays among them. */
const USUAL = { "1d": [1, 4], "1wk": [5, 9], "1mo": [26, 33], "3mo": [85, 95] } as const;

/** Distances are whole days. */
function longInterval(
  distances: readonly (readonly [number, number])[],
  midnight: boolean,
): IntervalFound {
  const total = distances.reduce((sum, [, count]) => sum + count, 0);
  const [[commonest, times] = [DAY_US, 0]] = distances;
  const because = `${spoken(commonest)} is the commonest distance (${times} times)`;
  const unknown = { interval: undefined, because: `two bars ${spoken(commonest)} apart` };
  // One distance of days that have a time of day could be of intraday bars with a gap.
  if (!midnight && total < LONG_DISTANCES_MIN) return unknown;
  const counts = Object.entries(USUAL).map(([interval, [least, most]]) => {
    const usual = distances.filter(([us]) => us >= least * DAY_US && us <= most * DAY_US);
    return [interval, usual.reduce((sum, [, count]) => sum + count, 0)] as const;
  });
  const daily = counts[0]?.[1] ?? 0;
  // A last bar of a week or month that still runs may be a day or two behind the one before.
  const longer = counts.slice(1).reduce((sum, [, count]) => sum + count, 0);
  if (longer === 0 || daily >= Math.max(2, total * OFTEN) && daily >= longer) {
    return { interval: "1d", because };
  }
  const [top] = counts.toSorted(([, a], [, b]) => b - a);
  if (!top || total < LONG_DISTANCES_MIN) return unknown;
  const few = daily < Math.max(2, total * OFTEN);
  return few && top[1] >= total * MOSTLY ? { interval: top[0], because } : {
    interval: undefined,
    because: `${because}, and others do not fit to it`,
  };
}

/** Why bars of the interval can't be so far apart; undefined if they can. Microseconds. */
export function tooNear(interval: string, distanceUs: number): string | undefined {
  const days = DAYS[interval];
  const least = days === undefined ? (SECONDS[interval] ?? 0) * US_PER_S : days * DAY_US;
  if (distanceUs === 0 || distanceUs >= least) return undefined;
  return `must be ${interval} from the bar before: it is ${spoken(distanceUs)}`;
}

/** Whether bars of the interval follow each other so, gaps aside. Microseconds. */
export function isUsual(interval: string, distanceUs: number): boolean {
  const range = USUAL[interval as keyof typeof USUAL];
  if (range) return distanceUs >= range[0] * DAY_US && distanceUs <= range[1] * DAY_US;
  return distanceUs === (SECONDS[interval] ?? 0) * US_PER_S;
}

/** A distance for people. Microseconds. */
export function spoken(us: number): string {
  const seconds = us / US_PER_S;
  if (seconds % 86_400 === 0) return count(seconds / 86_400, "day");
  if (seconds % 3600 === 0) return count(seconds / 3600, "hour");
  if (seconds % 60 === 0) return count(seconds / 60, "minute");
  return count(seconds, "second");
}

function count(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}
