/** The stand-in of Finnhub in a thread of its own, by the machine's clock. @module */
import { systemClock } from "tickhouse/clock.ts";
import { startFeedServers } from "services/feeds/feeds.ts";
import { FEED_INSTRUMENTS } from "services/feeds/market/instruments.ts";

/** What trades around the clock, so that there is trading whenever it is measured. */
const instruments = FEED_INSTRUMENTS.filter(({ exchange }) => exchange === "ALWAYS");

self.onmessage = ({ data }: MessageEvent<{ readonly rate: number }>) => {
  const feeds = startFeedServers({ clock: systemClock, instruments, rate: data.rate });
  const symbols = instruments.map(({ finnhub }) => finnhub);
  self.postMessage({ variables: feeds.variables, symbols });
};
