/** Plotly figures that a notebook shows anywhere: live, in exports, and on a page without scripts. @module */
import { type Figure, toSvg } from "./svg.ts";
import { DISPLAY, type MediaBundle } from "./show.ts";

export type { Datum, Figure, Layout, Trace } from "./svg.ts";

/** Options of `plot`. */
export interface PlotOptions {
  /**
   * Puts plotly.js itself (1.3 MB) into the output, so that an exported page stays interactive
   * wherever it goes. Default: false: it is loaded from the project's node_modules, and where it
   * can't be, the picture stays.
   */
  readonly embed?: boolean;
}

/** Where plotly.js lies, seen from the folder `notebooks/`. */
const PLOTLY_PATH = "../node_modules/plotly.js/dist/plotly-finance.min.js";

/** A chart. Made by `plot` and `candlestick`; shown by `show`. */
export class Chart {
  /** The plotly.js figure. */
  readonly figure: Figure;
  readonly #options: PlotOptions;

  /** @ignore */
  constructor(figure: Figure, options: PlotOptions) {
    this.figure = figure;
    this.#options = options;
  }

  /** The figure for plotly's renderer, a page that draws it, and a line of text. */
  async [DISPLAY](): Promise<MediaBundle> {
    const script = this.#options.embed ? await plotlySource() : undefined;
    return {
      "application/vnd.plotly.v1+json": this.figure,
      "text/html": toHtml(this.figure, script),
      "text/plain": this.toString(),
    };
  }

  /** One line that says what is drawn. */
  toString(): string {
    const traces = this.figure.data.map((t) => `${t.name ?? t.type} (${t.x.length})`);
    return `Chart ${this.figure.layout?.title?.text ?? ""}: ${traces.join(", ")}`.replace(
      " :",
      ":",
    );
  }
}

/**
 * A chart of any plotly.js figure.
 *
 * ```ts
 * import { plot } from "./chart.ts";
 * const chart = plot({ data: [{ type: "scatter", name: "AAPL", x: [1, 2], y: [189.5, 190.1] }] });
 * if (String(chart) !== "Chart: AAPL (2)") throw new Error(String(chart));
 * ```
 */
export function plot(figure: Figure, options: PlotOptions = {}): Chart {
  return new Chart(figure, options);
}

function toHtml(figure: Figure, script: string | undefined): string {
  const svg = toSvg(figure);
  const picture = `data:image/svg+xml;base64,${new TextEncoder().encode(svg).toBase64()}`;
  const alt = escapeHtml(figure.layout?.title?.text ?? "chart");
  // `<` could end the script: JSON may write it as an escape.
  const json = JSON.stringify(figure).replaceAll("<", "\\u003c");
  return `<div style="height:420px"><img src="${picture}" alt="${alt}" width="900" height="420"></div>
<script>
(() => {
  const place = document.currentScript?.previousElementSibling;
  const figure = ${json};
  const draw = () => {
    place.replaceChildren();
    Plotly.newPlot(place, figure.data, figure.layout, { responsive: true });
  };
  if (!place) return;
${script ? `${script};\n  draw();` : loader()}
})();
</script>`;
}

function loader(): string {
  return `  if (globalThis.Plotly) return draw();
  const script = document.createElement("script");
  script.src = ${JSON.stringify(PLOTLY_PATH)};
  script.onload = draw;
  document.head.append(script);`;
}

async function plotlySource(): Promise<string> {
  const module = await import("plotly.js/dist/plotly-finance.min.js", { with: { type: "text" } });
  return (module.default as string).replaceAll("</script", "<\\/script");
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replaceAll(/[&<>"]/g, (c) => names[c] ?? c);
}
