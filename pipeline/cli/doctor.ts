import { connect } from "../read/connect.ts";
import { type Config, loadShown, type ShownSetting } from "../config/config.ts";
import { messageOf, TickhouseError } from "../errors.ts";
import { warehousePath } from "../read/home.ts";
import { brokerPath, openBroker, openDatasets, openRegistry, openStore } from "./adapters.ts";
import { print, printJson, table } from "./console.ts";
import { checkHome, exists } from "./home.ts";
import { openSnowflakeWarehouse } from "../ends/snowflake.ts";

/** One thing that was looked at. */
interface Finding {
  readonly part: string;
  readonly state: "ok" | "absent" | "broken";
  readonly found: string;
  /** What to do; empty if nothing. */
  readonly mend: string;
}

/** Shows settings and parts. Exit status 1 if one is broken; a part not made yet is not. */
export async function runDoctor(
  flags: { json: boolean; route?: string | undefined },
): Promise<number> {
  const { settings, parse } = loadShown(flags.route);
  const findings: Finding[] = [runtime()];
  const config = await look(
    "configuration",
    () => Promise.resolve().then(parse),
  );
  findings.push(config.finding);
  if (config.value) findings.push(...await lookAt(config.value));
  if (flags.json) printJson({ settings, findings });
  else print(show(settings, findings));
  return findings.some((finding) => finding.state === "broken") ? 1 : 0;
}

async function lookAt(config: Config): Promise<Finding[]> {
  const folder = await home(config.home);
  if (folder.state === "broken") return [folder];
  const local = config.broker === "embedded" && config.store === "directory";
  if (local && !exists(brokerPath(config)) && !exists(warehousePath(config.home))) {
    const mend = "start `deno task demo`";
    const found = "nothing was streamed yet";
    return [folder, { part: "log, lake, warehouse", state: "absent", found, mend }];
  }
  const log = await look("log", async () => {
    await using broker = await openBroker(config);
    const where = config.broker === "kafka" ? config.kafkaBrokers.join(",") : brokerPath(config);
    return `${(await broker.topics()).length} topics in ${where}`;
  });
  const lake = await look("lake", async () => {
    await using store = await openStore(config);
    const folders = await store.folders("");
    return folders.length === 0 ? "empty" : `objects of ${folders.join(", ")}`;
  });
  const warehouse = await look("warehouse", async () => {
    await using reader = await connect({ home: config.home });
    const found = await reader.query("SELECT version()");
    return `DuckDB ${found.rows[0]?.[0]} answers`;
  });
  const codec = await look("codec", async () => {
    if (config.codec === "json") return "JSON, no registry needed";
    const subject = `${openDatasets(config)[0]?.topic}-value`;
    const latest = await openRegistry(config).latest(subject);
    return latest
      ? `${subject} has schema ${latest.id}`
      : `the registry answers, without ${subject}`;
  });
  const parts = [folder, log.finding, codec.finding, lake.finding, warehouse.finding];
  if (config.snowflakeAccount === "" && !config.sinks.includes("snowflake")) return parts;
  const snowflake = await look("snowflake", async () => {
    await using opened = await openSnowflakeWarehouse(config);
    const found = await opened.query("SELECT current_version(), current_user(), current_role()");
    const [version, user, role] = found.rows[0] ?? [];
    return `Snowflake ${version} answers ${user} as ${role}`;
  });
  return [...parts, snowflake.finding];
}

function runtime(): Finding {
  return {
    part: "runtime",
    state: "ok",
    found: `Deno ${Deno.version.deno} on ${Deno.build.os} ${Deno.build.arch}`,
    mend: "",
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
  if (finding.state === "broken" && finding.mend === "") {
    return { ...finding, mend: "let this user write there, or set TICKHOUSE_HOME" };
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
    return { finding: { part, state: "ok", found, mend: "" }, value };
  } catch (error) {
    const state = isMissing(error) ? "absent" as const : "broken" as const;
    // What to do has a column of its own.
    const { what: found, mend = "" } = error instanceof TickhouseError
      ? error
      : { what: messageOf(error) };
    return { finding: { part, state, found, mend }, value: undefined };
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof TickhouseError && error.code === "WAREHOUSE_MISSING";
}

function show(settings: readonly ShownSetting[], findings: readonly Finding[]): string {
  const parts = findings.map((f) => [f.state, f.part, f.found, f.mend]);
  const rows = settings.map((s) => [s.variable, s.value || "(not set)", s.origin]);
  return [
    table(["state", "part", "found", "what to do"], parts),
    table(["setting", "value", "from"], rows),
  ].join("\n");
}
