/**
 * `open()`: tickhouse in this process.
 * @module
 */
import { findSettings, type Found, type Places } from "../config/config.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { DATASETS } from "../datasets/datasets.ts";
import type { End } from "../ends/end.ts";
import { type Mapping, parseMappings } from "../mapping/mapping.ts";
import { findDotEnv, findHome } from "../read/home.ts";
import { shown } from "../shown.ts";
import type { SourceEntry } from "../source/entry.ts";
import type { OnNote } from "./adapters.ts";
import { type DoctorOptions, type DoctorReport, examine } from "./doctor.ts";
import { checkDatasets, together } from "./declared.ts";
import { checkHome } from "./home.ts";
import { House } from "./house.ts";
import { Providers } from "./providers.ts";
import { ENDS, TARGETS } from "./registry.ts";
import { SOURCES } from "./sources.ts";

/** What to open. */
export interface OpenOptions {
  /** The home folder. Default: `TICKHOUSE_HOME`, else the nearest `.tickhouse`. */
  readonly home?: string;
  /** A preset of settings; see docs/routes.md. Default: `TICKHOUSE_ROUTE`. */
  readonly route?: string;
  /**
   * Settings by their variables, such as `{ TICKHOUSE_SINKS: "lake" }`; they go before the
   * environment and `.env`. Default: none.
   */
  readonly settings?: Readonly<Record<string, string>>;
  /** Datasets beside those that are declared. Default: none. */
  readonly datasets?: readonly Dataset[];
  /** Ends to stream into beside those that `TICKHOUSE_SINKS` names. Default: none. */
  readonly ends?: readonly End[];
  /** Feeds that `stream` then knows by name. Default: none. */
  readonly sources?: readonly SourceEntry[];
  /** Mappings of topics of others, beside those that `TICKHOUSE_MAPPINGS` names. Default: none. */
  readonly mappings?: readonly Mapping[];
  /** Told what a person should know, a line each. Default: a line on stderr. */
  readonly onNote?: OnNote;
}

/**
 * Opens the house that the settings describe; nothing is made or connected before a verb needs it.
 * Throws `CONFIG_INVALID`, `ROUTE_UNKNOWN`, `HOME_INVALID`; `NAME_TAKEN` for what is given under a
 * name that is there; `OPTION_INVALID` and `TOPIC_INVALID` for a declaration that no table, file or
 * message can be made of.
 *
 * ```ts ignore
 * import { open, show, simulator } from "tickhouse";
 * await using house = await open();
 * const run = house.stream({ source: simulator({ rate: 200 }) });
 * await run.started;
 * await show(await run.stop());
 * await show(await house.reconcile());
 * ```
 */
// deno-lint-ignore require-await
export async function open(options: OpenOptions = {}): Promise<House> {
  const found = findSettings({ ...placesOf(options), dotEnv: findDotEnv() });
  return openWith(options, found, options.home ?? findHome(found.home));
}

/** The same with settings that were found. */
export function openWith(options: OpenOptions, found: Found, home: string): House {
  const { datasets = [], ends = [], sources = [], mappings = [], onNote = toConsole } = options;
  const parsed = found.parse();
  checkHome(home);
  const all = together("dataset", DATASETS, datasets);
  checkDatasets(all, parsed);
  return new House({
    config: { ...parsed, home, sinks: [...parsed.sinks, ...ends.map(({ name }) => name)] },
    datasets: all,
    ends: together("end", ENDS, ends),
    sources: together("source", SOURCES, sources),
    targets: TARGETS,
    mappings: parseMappings(mappings, "mappings"),
    settings: new Map(sources.map(({ name, settings = {} }) => [name, found.own(settings)])),
    providers: new Providers({ ...parsed, home }, all),
    onNote,
  });
}

/** Where the settings come from beside the environment. */
export function placesOf({ route, settings: given = {}, sources = [] }: OpenOptions): Places {
  const more = sources.flatMap(({ settings = {} }) => Object.values(settings));
  return { route, given, more };
}

/** What is configured, what is reachable, and what to do; also where the settings are wrong. */
export function doctor(
  options: Pick<OpenOptions, "route" | "settings"> & DoctorOptions = {},
): Promise<DoctorReport> {
  return examine(findSettings({ ...placesOf(options), dotEnv: findDotEnv() }), options);
}

/** In a notebook, below the cell. */
function toConsole(text: string): void {
  console.error(shown(text));
}
