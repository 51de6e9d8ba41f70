/**
 * Which quirks are on, and whether one happens now.
 * @module
 */
import { TickhouseError } from "tickhouse/errors.ts";
import { hashOf, uniformAt } from "../market/random.ts";
import { type Quirk, QUIRK_NAMES, type QuirkName, QUIRKS } from "../quirks/list.ts";

/** How a quirk is switched on. */
export interface QuirkSetting {
  /** Only for these, as the provider calls them. Default: all. */
  readonly symbols?: readonly string[];
  /** How often it happens, 0 to 1. Default: 1. */
  readonly probability?: number;
  /** It happens so many times and then no more. Default: until it is switched off. */
  readonly next?: number;
  /** Of quirks of any provider: only at this one. Default: all. */
  readonly provider?: string;
  /** Its own parameters. Default: those of the list. */
  readonly parameters?: Readonly<Record<string, number | string>>;
}

/** What happens: its parameters. */
export type Happening = Readonly<Record<string, number | string>>;

/** What it happens to. */
export interface Occasion {
  readonly symbol?: string | undefined;
  readonly provider?: string;
  /** Equal ones decide equally; without one each time is decided anew. */
  readonly place?: number;
  /** Milliseconds since 1970: for what lies in the past. Default: now. */
  readonly atMs?: number;
}

/** A setting as it is, or was. */
interface Entry {
  readonly name: QuirkName;
  readonly setting: QuirkSetting;
  readonly fromMs: number;
  toMs: number;
  left: number;
  happened: number;
}

/** Those that change what happened: they are kept after they ended, the past must not change. */
const OF_THE_PAST: readonly QuirkName[] = ["market.identical_trades", "finnhub.late"];
const ENTRIES_MAX = 10_000;

/** The switches of all quirks. */
export class Quirks {
  #entries: Entry[] = [];
  readonly #seed: number;
  readonly #now: () => number;
  #decisions = 0;

  constructor(seed: number, now: () => number) {
    this.#seed = seed;
    this.#now = now;
    for (const name of QUIRK_NAMES) if (quirkOf(name).on) this.set(name);
  }

  /** Switches one on, beside what is set of it. */
  set(name: string, setting: QuirkSetting = {}): void {
    const known = QUIRK_NAMES.find((one) => one === name);
    if (!known) refuse("name", name, "GET /control/quirks lists all, docs/feeds_quirks.md too");
    const { probability = 1, next = Infinity, parameters = {} } = setting;
    if (!(probability >= 0 && probability <= 1)) refuse("probability", probability, "use 0 to 1");
    if (!(next >= 1)) refuse("next", next, "use a whole number from 1 on");
    for (const parameter of Object.keys(parameters)) {
      if (parameter in (quirkOf(known).parameters ?? {})) continue;
      refuse("parameters", parameter, `${name} has ${parametersText(known)}`);
    }
    const fromMs = this.#now();
    this.#entries.push({ name: known, setting, fromMs, toMs: Infinity, left: next, happened: 0 });
    if (this.#entries.length > ENTRIES_MAX) this.#entries.shift();
  }

  /** Switches one off, or all, also those that are on by themselves. */
  clear(name?: string): void {
    const now = this.#now();
    for (const entry of this.#entries) {
      if (name === undefined || entry.name === name) entry.toMs = Math.min(entry.toMs, now);
    }
    this.#entries = this.#entries.filter(({ name, toMs }) =>
      toMs === Infinity || OF_THE_PAST.includes(name)
    );
  }

  /** Whether it happens now, and with which parameters. */
  take(name: QuirkName, occasion: Occasion = {}): Happening | undefined {
    const { symbol, provider, place, atMs } = occasion;
    for (const entry of this.#entries) {
      const { setting, fromMs, toMs } = entry;
      if (entry.name !== name || entry.left < 1) continue;
      if (atMs === undefined ? toMs !== Infinity : atMs < fromMs || atMs >= toMs) continue;
      if (setting.symbols && (symbol === undefined || !setting.symbols.includes(symbol))) continue;
      if (setting.provider !== undefined && setting.provider !== provider) continue;
      const decision = place === undefined
        ? uniformAt(this.#seed, hashOf(name), this.#decisions++)
        : uniformAt(this.#seed, hashOf(name), hashOf(symbol ?? ""), place, place / 2 ** 32);
      if (decision >= (setting.probability ?? 1)) continue;
      // What is asked of the past is asked again and again: it uses nothing up.
      if (atMs === undefined) {
        entry.left--;
        entry.happened++;
      }
      return { ...quirkOf(name).parameters, ...setting.parameters };
    }
    return undefined;
  }

  /** Whether it is on for anything. */
  isOn(name: QuirkName): boolean {
    return this.#entries.some((one) => one.name === name && one.toMs === Infinity && one.left > 0);
  }

  /** Whether it is or was on for anything. */
  wasOn(name: QuirkName): boolean {
    return this.#entries.some((one) => one.name === name);
  }

  /** The whole list, with what is on of it. */
  list(): (Quirk & { name: string; set: (QuirkSetting & { happened: number })[] })[] {
    return QUIRK_NAMES.map((name) => ({
      name,
      ...quirkOf(name),
      set: this.#entries
        .filter((one) => one.name === name && one.toMs === Infinity && one.left > 0)
        .map(({ setting, happened }) => ({ ...setting, happened })),
    }));
  }
}

function quirkOf(name: QuirkName): Quirk {
  return QUIRKS[name];
}

function parametersText(name: QuirkName): string {
  return Object.keys(quirkOf(name).parameters ?? {}).join(", ") || "no parameters";
}

function refuse(field: string, value: string | number, fix: string): never {
  throw new TickhouseError("FEED_CONTROL", "not a quirk of the feeds", { field, value, fix });
}
