/** Where a trade lies on the days of its exchange. @module */
import type { Piece, Session, TradingDay } from "./calendar.ts";
import type { Kind } from "./conditions.ts";
import type { Listings } from "./listings.ts";
import { MINUTE, type Time } from "./record.ts";

/** A place on a day. */
export interface Place {
  readonly exchange: string;
  readonly day: string;
  readonly session: Session;
  /** What longer candles are counted from and end by. */
  readonly piece: Piece;
  /** Bounds of the session; over its break, if it is the regular one. */
  readonly sessionStart: Time;
  readonly sessionEnd: Time;
  readonly minute: Time;
}

/** Where a trade of a kind lies; what belongs to the auction is of the session's last minute. */
export function placeOf(
  listings: Listings,
  source: string,
  symbol: string,
  time: Time,
  kind: Kind,
): Place {
  const { calendar, day } = listings.dayOf(source, symbol, time);
  const regular = day.pieces.filter((piece) => piece.session === "regular");
  const close = regular.at(-1)?.end ?? 0;
  const until = kind === "extended"
    ? 0
    : kind === "close"
    ? Math.max(day.auctionUntil, day.closingPrintUntil)
    : day.auctionUntil;
  const isAuction = regular.length > 0 && close <= time && time < until;
  const moment = isAuction ? close - MINUTE : time;
  return { exchange: calendar.exchange, ...within(day, moment) };
}

function within(day: TradingDay, time: Time): Omit<Place, "exchange"> {
  const piece = day.pieces.find((p) => p.start <= time && time < p.end);
  if (!piece) throw new Error(`${day.day} does not hold ${time}`);
  const same = day.pieces.filter((p) => p.session === piece.session);
  return {
    day: day.day,
    session: piece.session,
    piece,
    sessionStart: same[0]?.start ?? piece.start,
    sessionEnd: same.at(-1)?.end ?? piece.end,
    minute: Math.floor(time / MINUTE) * MINUTE,
  };
}
