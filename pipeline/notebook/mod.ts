/** What notebooks use besides `connect()`. @module */
export type { Bind, Cell } from "../sql/session.ts";
export { type Candle, candlestick, type CandlestickOptions, type Rows } from "./candlestick.ts";
export { Chart, plot, type PlotOptions } from "./chart.ts";
export type { Datum, Figure, Layout, Trace } from "./svg.ts";
export { DISPLAY, type MediaBundle, show } from "./show.ts";
