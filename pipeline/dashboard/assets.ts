/** The page's files, read when first asked for. @module */

/** A file as it is served. */
export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
}

const JS = "text/javascript; charset=utf-8";
const CSS = "text/css; charset=utf-8";
// no-transform: compressing megabytes for loopback costs more than sending them.
const REVALIDATE = "no-cache, no-transform";
const DAY = "max-age=86400, no-transform";

const PAGE_FILES: Readonly<Record<string, string>> = {
  "/": "index.html",
  "/page.css": "page.css",
  "/icon.svg": "icon.svg",
};

const PAGE_MODULES = [
  "activity",
  "app",
  "bars",
  "chart",
  "connection",
  "format",
  "gaps",
  "intervals",
  "marks",
  "quality",
  "theme",
  "tiles",
  "treemap",
  "waiting",
  "watchlist",
];

const chartsFile = "./lightweight-charts.standalone.production.mjs";

/** Libraries from the npm packages; their own entry points want a bundler. */
const LIBRARIES: Readonly<Record<string, () => URL>> = {
  "/vendor/lightweight-charts.js": () =>
    new URL(chartsFile, import.meta.resolve("lightweight-charts")),
  "/vendor/plotly.js": () => new URL(import.meta.resolve("plotly.js/dist/plotly.min.js")),
  "/vendor/plotly.css": () => new URL(import.meta.resolve("plotly.js/dist/plotly.css")),
};

const cache = new Map<string, Promise<Asset>>();

/** The file at a path of the page, or undefined. */
export function loadAsset(path: string): Promise<Asset> | undefined {
  const url = locate(path);
  if (!url) return undefined;
  const known = cache.get(path);
  if (known) return known;
  const asset = read(url, path.startsWith("/vendor/") ? DAY : REVALIDATE);
  cache.set(path, asset);
  asset.catch(() => cache.delete(path)); // The asker is told; the next one tries again.
  return asset;
}

function locate(path: string): URL | undefined {
  const module = /^\/([a-z]+)\.js$/.exec(path)?.[1];
  if (module && PAGE_MODULES.includes(module)) return pageFile(`${module}.js`);
  if (Object.hasOwn(PAGE_FILES, path)) return pageFile(PAGE_FILES[path] ?? "");
  return Object.hasOwn(LIBRARIES, path) ? LIBRARIES[path]?.() : undefined;
}

function pageFile(name: string): URL {
  return new URL(`./page/${name}`, import.meta.url);
}

async function read(url: URL, cacheControl: string): Promise<Asset> {
  let body = await Deno.readFile(url);
  if (url.pathname.endsWith("/page/chart.js")) body = resolveImports(body);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const etag = `"${digest.toBase64({ alphabet: "base64url" }).slice(0, 22)}"`;
  return { body, type: typeOf(url.pathname), etag, cache: cacheControl };
}

/** The module names the package, for the type checker; the browser needs a path. */
function resolveImports(source: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder().decode(source);
  return new TextEncoder().encode(
    text.replaceAll('from "lightweight-charts"', 'from "/vendor/lightweight-charts.js"'),
  );
}

function typeOf(path: string): string {
  if (path.endsWith(".html")) return "text/html; charset=utf-8";
  if (path.endsWith(".css")) return CSS;
  return path.endsWith(".svg") ? "image/svg+xml" : JS;
}
