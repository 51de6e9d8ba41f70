import { connect } from "../read/connect.ts";
import { loadShown, type ShownSetting } from "../config.ts";
import { messageOf } from "../errors.ts";
import { brokerPath, openBroker, openStore } from "./adapters.ts";
import { print, printJson, table } from "./console.ts";

/** One thing that was looked at. */
interface Finding {
  readonly part: string;
  readonly state: "ok" | "absent" | "broken";
  readonly found: string;
  /** What to do; empty if nothing. */
  readonly mend: string;
}

/** Shows settings and parts. Exit status 1 if one is broken; a part not made yet is not. */
export async function runDoctor(flags: { json: boolean }): Promise<number> {
  const { settings, parse } = loadShown();
  const findings: Finding[] = [runtime()];
  const config = await look(
    "configuration",
    () => Promise.resolve().then(parse),
  );
  findings.push(config.finding);
  const { value } = config;
  if (value) {
    findings.push(await home(value.home));
    if (await exists(brokerPath(value))) {
      findings.push(
        (await look("log", async () => {
          await using broker = openBroker(value);
          return `${(await broker.topics()).length} topics in ${brokerPath(value)}`;
        })).finding,
        (await look("lake", async () => {
          const folders = await openStore(value).folders("");
          return folders.length === 0 ? "empty" : `objects of ${folders.join(", ")}`;
        })).finding,
        (await look("warehouse", async () => {
          await using reader = await connect({ home: value.home });
          const found = await reader.query("SELECT version()");
          return `DuckDB ${found.rows[0]?.[0]} answers`;
        })).finding,
      );
    } else {
      findings.push({
        part: "log, lake, warehouse",
        state: "absent",
        found: "nothing was streamed yet",
        mend: "start `deno task demo`",
      });
    }
  }
  if (flags.json) printJson({ settings, findings });
  else print(show(settings, findings));
  return findings.some((finding) => finding.state === "broken") ? 1 : 0;
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
  const probe = `${path}/.doctor-${crypto.randomUUID()}`;
  try {
    if (!await exists(path)) {
      return { part: "home", state: "absent", found: path, mend: "made by the first stream" };
    }
    await Deno.writeTextFile(probe, "");
    await Deno.remove(probe);
    return {
      part: "home",
      state: "ok",
      found: `${await Deno.realPath(path)} can be written`,
      mend: "",
    };
  } catch (error) {
    const mend = "let this user write there, or set TICKHOUSE_HOME";
    return { part: "home", state: "broken", found: messageOf(error), mend };
  }
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
    const finding = { part, state: "broken" as const, found: messageOf(error), mend: "see there" };
    return { finding, value: undefined };
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function show(settings: readonly ShownSetting[], findings: readonly Finding[]): string {
  const parts = findings.map((f) => [f.state, f.part, f.found, f.mend]);
  const rows = settings.map((s) => [s.variable, s.value || "(not set)", s.origin]);
  return [
    table(["state", "part", "found", "what to do"], parts),
    table(["setting", "value", "from"], rows),
  ].join("\n");
}
