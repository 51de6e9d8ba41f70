/** Times of messages as SQL: microseconds since 1970 UTC. @module */
import { literal } from "../sql/names.ts";

/** Text that begins as a day does, and so is none of the words that DuckDB takes for times. */
const DAY = `'\\d{4}-\\d\\d-\\d\\d([T ].*)?'`;
/** A zone at the end of a time of the day. */
const ZONED = `'\\d\\d:\\d\\d.*(Z|z|UTC|[+-]\\d\\d(:?\\d\\d)?)$'`;
/** Patterns of strptime that say the zone, or count from 1970. */
const PATTERN_ZONED = /%[zZ]/;
/** Decimals of a number of this unit, down to microseconds. */
const UNITS: Readonly<Record<string, number>> = { s: 6, ms: 3, us: 0 };

/** What most times are not. */
const PLAIN = { local: "false", finer: "false", fault: "NULL" };

/** A time as SQL. */
export interface TimeSql {
  /** Microseconds since 1970 UTC, of type BIGINT; null where the text is no such time. */
  readonly us: string;
  /** Whether the text is a time without a zone of its own. */
  readonly local: string;
  /** Whether it is finer than microseconds. */
  readonly finer: string;
  /** Why a time of that zone can't be told; null where it can. */
  readonly fault: string;
}

/**
 * The text (an expression) as a time of the format; times without a zone of their own are of `zone`,
 * UTC by default. Finer than microseconds is cut off.
 */
export function timeSql(text: string, format: string, zone: string | undefined): TimeSql {
  const scale = UNITS[format];
  if (scale !== undefined) {
    const number = `try_cast(${text} AS DECIMAL(18,${scale}))`;
    // 64 bits would not hold the product.
    const wide = `${number}::DECIMAL(38,${scale})`;
    return { us: `(${wide} * ${10 ** scale})::BIGINT`, ...PLAIN };
  }
  if (format === "ns") {
    const number = `try_cast(${text} AS BIGINT)`;
    return { ...PLAIN, us: `${number} // 1000`, finer: `${number} % 1000 <> 0` };
  }
  if (format === "iso") {
    const isDay = `regexp_full_match(${text}, ${DAY})`;
    const as = (type: string) => `CASE WHEN ${isDay} THEN try_cast(${text} AS ${type}) END`;
    const hasZone = `regexp_matches(${text}, ${ZONED})`;
    // A TIMESTAMP would pass over the zone that the text names.
    const finer = `regexp_matches(${text}, '[.]\\d{6}\\d*[1-9]')`;
    const { us, local, fault } = oneOf(hasZone, as("TIMESTAMPTZ"), as("TIMESTAMP"), zone);
    // A day is that day, whatever the zone.
    const isLocal = `contains(${text}, ':')`;
    return {
      finer,
      us: zone === undefined
        ? us
        : `CASE WHEN ${isLocal} THEN ${us} ELSE epoch_us(${as("TIMESTAMP")}) END`,
      local: `${isLocal} AND ${local}`,
      fault: zone === undefined ? fault : `CASE WHEN ${isLocal} THEN ${fault} END`,
    };
  }
  const time = `try_strptime(${text}, ${literal(format)})`;
  if (!PATTERN_ZONED.test(format)) return oneOf("false", "NULL", time, zone);
  return { us: `epoch_us(${time})`, ...PLAIN };
}

/** `instant` where the text has a zone, else `shown`, which is what clocks show in `zone`. */
function oneOf(
  hasZone: string,
  instant: string,
  shown: string,
  zone: string | undefined,
): TimeSql {
  const local = `NOT ${hasZone}`;
  const either = (us: string) =>
    hasZone === "false" ? us : `CASE WHEN ${hasZone} THEN epoch_us(${instant}) ELSE ${us} END`;
  if (zone === undefined || zone === "UTC") {
    return { ...PLAIN, us: either(`epoch_us(${shown})`), local };
  }
  const at = literal(zone);
  const utc = `timezone(${at}, ${shown})`;
  // An hour that clocks pass twice, or never: either would be a guess.
  const shifted = (hours: number) =>
    `timezone(${at}, ${utc} + INTERVAL (${hours}) HOUR) = ${shown}`;
  const fault = `CASE WHEN ${hasZone} THEN NULL
    WHEN timezone(${at}, ${utc}) <> ${shown} THEN 'never'
    WHEN ${shifted(1)} OR ${shifted(-1)} THEN 'twice' END`;
  const us = either(`CASE WHEN (${fault}) IS NULL THEN epoch_us(${utc}) END`);
  return { ...PLAIN, us, local, fault };
}
