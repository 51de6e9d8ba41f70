/** When a market is open. @module */

/** Opening hours that the simulator knows. */
export type Session = "always" | "us-equities";

const MINUTE_MS = 60_000;
const OPEN_MINUTE = 9 * 60 + 30;
const CLOSE_MINUTE = 16 * 60;

const newYork = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  weekday: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/**
 * The first time from `ms` on (milliseconds since 1970) at which the session is open. Regular US
 * hours are 09:30 to 16:00 in New York, Monday to Friday; holidays and half days are not known.
 */
export function nextOpen(session: Session, ms: number): number {
  if (session === "always") return ms;
  let at = ms;
  for (;;) {
    const { weekday, minute } = inNewYork(at);
    const trades = weekday !== "Sat" && weekday !== "Sun";
    if (trades && minute >= OPEN_MINUTE && minute < CLOSE_MINUTE) return at;
    const wait = trades && minute < OPEN_MINUTE ? OPEN_MINUTE - minute : 24 * 60 - minute;
    at = (Math.floor(at / MINUTE_MS) + wait) * MINUTE_MS;
  }
}

/**
 * When the session that is open at `ms` closes, in milliseconds since 1970; undefined for one that
 * never does.
 */
export function closeOf(session: Session, ms: number): number | undefined {
  if (session === "always") return undefined;
  return (Math.floor(ms / MINUTE_MS) + CLOSE_MINUTE - inNewYork(ms).minute) * MINUTE_MS;
}

function inNewYork(ms: number): { weekday: string; minute: number } {
  const parts = new Map(newYork.formatToParts(ms).map((part) => [part.type, part.value]));
  const minute = Number(parts.get("hour")) * 60 + Number(parts.get("minute"));
  return { weekday: parts.get("weekday") ?? "", minute };
}
