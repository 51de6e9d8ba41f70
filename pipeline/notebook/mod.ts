/** What notebooks use besides `connect()`. @module */
export { type Candle, candlestick, type CandlestickOptions } from "./candlestick.ts";
export { Chart, type Figure, plot, type PlotOptions, type Trace } from "./chart.ts";
export { type MediaBundle, show } from "./show.ts";
