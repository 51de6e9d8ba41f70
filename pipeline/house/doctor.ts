/** What is configured, what is reachable, and what to do. @module */
import type { Config, Found, ShownSetting } from "../config/config.ts";
import { hasCode, messageOf, TickhouseError } from "../errors.ts";
import { metadataPath, openMetadata } from "../metadata/open.ts";
import { type Block, drawn } from "../notebook/drawn.ts";
import { warehousePath } from "../read/home.ts";
import { brokerPath, contextOf, openBroker, openDatasets, openRegistry } from "./adapters.ts";
import { checkHome, exists } from "./home.ts";
import { ENDS } from "./registry.ts";

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, such as `log`. */
  readonly part: string;
  /** Absent: not made yet. */
  readonly state: "ok" | "absent" | "broken";
  /** What was found, or is wrong. */
  readonly found: string;
  /** What to do; empty if nothing. */
  readonly fix: string;
}

/** What was found, and the settings in force. */
export interface DoctorReport {
  /** All settings, secrets redacted. */
  readonly settings: readonly ShownSetting[];
  /** A line a part. */
  readonly findings: readonly Finding[];
}

/** How it looks. */
export interface DoctorOptions {
  /** Draw all settings, those at their defaults too. Default: false. */
  readonly all?: boolean;
}

/**
 * Looks at settings and parts, also where the settings are wrong. A part that was not made yet is
 * absent, not broken. The report draws itself.
 */
export async function examine(
  { settings, parse }: Pick<Found, "settings" | "parse">,
  { all = false }: DoctorOptions = {},
): Promise<DoctorReport> {
  const findings: Finding[] = [runtime()];
  const config = await look("configuration", () => Promise.resolve().then(parse));
  findings.push(config.finding);
  if (config.value) findings.push(...await lookAt(config.value));
  const report = { settings, findings };
  return drawn(report, () => blocksOf(report, all));
}

async function lookAt(config: Config): Promise<Finding[]> {
  const folder = await home(config.home);
  if (folder.state === "broken") return [folder];
  const metadata = await look("metadata", () => metadataIn(config));
  const local = config.broker === "embedded" && config.store === "directory";
  if (local && !exists(brokerPath(config)) && !exists(warehousePath(config.home))) {
    const fix = "start `deno task demo`";
    const found = "nothing was streamed yet";
    const nothing = { part: "log, lake, warehouse", state: "absent" as const, found, fix };
    return [folder, nothing, ...config.metadata === "" ? [] : [metadata.finding]];
  }
  const log = await look("log", async () => {
    await using broker = await openBroker(config);
    const where = config.broker === "kafka" ? config.kafkaBrokers.join(",") : brokerPath(config);
    return `${(await broker.topics()).length} topics in ${where}`;
  });
  const codec = await look("codec", async () => {
    if (config.codec === "json") return "JSON, no registry needed";
    const subject = `${openDatasets(config)[0]?.topic}-value`;
    const latest = await openRegistry(config).latest(subject);
    return latest
      ? `${subject} has schema ${latest.id}`
      : `the registry answers, without ${subject}`;
  });
  const ends = [];
  for (const { name, probe } of ENDS) {
    ends.push(await look(name, () => probe(contextOf(config, openDatasets(config)))));
  }
  // One that is not configured answers nothing.
  const asked = ends.filter(({ finding, value }) => finding.state !== "ok" || value !== undefined);
  return [folder, ...[log, codec, ...asked, metadata].map(({ finding }) => finding)];
}

async function metadataIn(config: Config): Promise<string> {
  if (config.metadata === "" && !exists(metadataPath(config))) {
    throw new TickhouseError("METADATA_MISSING", "nothing is noted yet", {
      fix: "the first stream makes it",
    });
  }
  await using store = await openMetadata(config);
  return `tables of ${store.version} in ${store.where}`;
}

function runtime(): Finding {
  return {
    part: "runtime",
    state: "ok",
    found: `Deno ${Deno.version.deno} on ${Deno.build.os} ${Deno.build.arch}`,
    fix: "",
  };
}

async function home(path: string): Promise<Finding> {
  const { finding } = await look("home", async () => {
    checkHome(path);
    if (!exists(path)) return `${path}, made by the first stream`;
    const probe = `${path}/.doctor-${crypto.randomUUID()}`;
    await Deno.writeTextFile(probe, "");
    await Deno.remove(probe);
    return `${await Deno.realPath(path)} can be written`;
  });
  if (finding.state === "broken" && finding.fix === "") {
    return { ...finding, fix: "let this user write there, or set TICKHOUSE_HOME" };
  }
  return exists(path) ? finding : { ...finding, state: "absent" };
}

async function look<T>(
  part: string,
  check: () => Promise<T>,
): Promise<{ finding: Finding; value: T | undefined }> {
  try {
    const value = await check();
    const found = typeof value === "string" ? value : "valid";
    return { finding: { part, state: "ok", found, fix: "" }, value };
  } catch (error) {
    const state = isMissing(error) ? "absent" as const : "broken" as const;
    // What to do has a column of its own.
    const { what: found, fix = "" } = error instanceof TickhouseError
      ? error
      : { what: messageOf(error) };
    return { finding: { part, state, found, fix }, value: undefined };
  }
}

function isMissing(error: unknown): boolean {
  return hasCode(error, "WAREHOUSE_MISSING", "METADATA_MISSING");
}

function blocksOf({ settings, findings }: DoctorReport, all: boolean): Block[] {
  const shown = settings.filter(({ origin }) => all || origin !== "default");
  const rows = shown.map((s) => [s.variable, s.value || "(not set)", s.origin]);
  const others = settings.length - shown.length;
  return [
    {
      head: ["state", "part", "found", "what to do"],
      rows: findings.map((f) => [f.state, f.part, f.found, f.fix]),
    },
    ...(rows.length === 0 ? [] : [{ head: ["setting", "value", "from"], rows }]),
    ...(others === 0 ? [] : [`${others} settings are at their defaults: --all shows them`]),
  ];
}
