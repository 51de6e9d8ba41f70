/** What feeds of providers share: opened when the first of them needs it, closed with the house. @module */
import { join } from "node:path";
import type { Calendar } from "../calendar/calendar.ts";
import { openCalendar } from "../calendar/open.ts";
import type { Config } from "../config/config.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { pacesFolder } from "../install/python.ts";
import type { MetadataStore } from "../metadata/metadata.ts";
import { openMetadata } from "../metadata/open.ts";
import type { ProviderAccess } from "../source/entry.ts";
import type { ObjectStore } from "../store/store.ts";
import { openDatasets, openStore } from "./adapters.ts";
import { MODELS_FOLDER } from "./models.ts";

/** Opens each once. */
export class Providers implements ProviderAccess, AsyncDisposable {
  readonly #config: Config;
  readonly #datasets: readonly Dataset[];
  #metadata: Promise<MetadataStore> | undefined;
  #store: Promise<ObjectStore> | undefined;
  #calendar: Calendar | undefined;

  constructor(config: Config, datasets: readonly Dataset[]) {
    this.#config = config;
    this.#datasets = datasets;
  }

  readonly metadata = (): Promise<MetadataStore> => this.#metadata ??= openMetadata(this.#config);

  readonly store = (): Promise<ObjectStore> => this.#store ??= openStore(this.#config);

  readonly calendar = (): Calendar => this.#calendar ??= openCalendar(join(MODELS_FOLDER, "seeds"));

  get paces(): string {
    return pacesFolder();
  }

  readonly carried = (name: string): Dataset | undefined =>
    openDatasets(this.#config, [], this.#datasets).find((dataset) => dataset.name === name);

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = [this.#metadata, this.#store];
    this.#metadata = this.#store = undefined;
    for (const one of opened) await (await one?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
}
