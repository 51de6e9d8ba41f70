/**
 * `deno task bench`: every scenario in a process of its own, one after the other; what was aimed at
 * stands beside what was measured. Arguments name the scenarios to run; without any, all that need
 * no server.
 * @module
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { number, print, table } from "tickhouse/console.ts";
import { KAFKA } from "./kafka_rows.ts";
import type { Figures } from "./rig.ts";
import { MIB, MS, PER_S, type Row, type Scenario, TIMES } from "./rows.ts";

const share = (a = NaN, b = NaN) => `${number(a / b * 100)} % of ${PER_S(b)} INSERT … SELECT`;
const peak = (f: Figures) => Math.max(f["memory_q1"] ?? 0, f["memory_q4"] ?? 0);

const SCENARIOS: Record<string, Scenario> = {
  source: async (run) => {
    const f = await run("source");
    return [
      ["simulator alone", PER_S(f["alone"]), `${number(f["bytes_a_tick"] ?? 0)} B a tick`, ""],
      ["simulator → log", PER_S(f["logged"]), "", ""],
    ];
  },
  files: async (run) => {
    const f = await run("files");
    const beside = `DuckDB's reader, a thread, types told: ${PER_S(f["ceiling"])}`;
    return [
      ["file of bars, understood and read", PER_S(f["bars"]), beside, ""],
      ["file of bars → log", PER_S(f["bars_logged"]), `preview in ${MS(f["preview"])}`, ""],
      ["file of trades, each named, read", PER_S(f["trades"]), "", ""],
      ["file of trades → log", PER_S(f["trades_logged"]), "", ""],
    ];
  },
  history: async (run) => {
    const f = await run("history");
    return [["yahoo", "Yahoo"], ["alphavantage", "Alpha Vantage"]].map(([key, name]) => {
      const of = (figure: string) => PER_S(f[`${key}_${figure}`]);
      const beside = `${of("rate")} of the clock; JSON.parse alone ${of("parse_rate")}, ` +
        `appending alone ${of("append_rate")}`;
      const what = `bars of ${name}'s history, parsed, kept, in the log`;
      return [what, `${of("cpu_rate")} and core`, beside, "≥ 100,000/s and core"] as const;
    });
  },
  warehouse: async (run) => {
    const f = await run("warehouse");
    const beside = share(f["rate"], f["ceiling"]);
    return [["simulator → log → DuckDB", PER_S(f["rate"]), beside, "≥ 50 % of the ceiling"]];
  },
  lake: async (run) => {
    const f = await run("lake");
    return [["simulator → log → Parquet", PER_S(f["rate"]), MIB(peak(f)), "≥ 300,000/s"]];
  },
  both: async (run) => {
    const f = await run("both");
    return [["simulator → log → both", PER_S(f["rate"]), MIB(peak(f)), "≥ 130,000/s"]];
  },
  long: async (run) => {
    const f = await run("long");
    const quarters = [1, 2, 3, 4].map((q) => number(f[`memory_q${q}`] ?? NaN)).join(", ");
    const what = `both sinks, ${number(f["records"] ?? 0)} ticks: memory by quarter`;
    return [[what, `${quarters} MiB`, PER_S(f["rate"]), "flat, < 600 MiB"]];
  },
  latency: async (run) => {
    const whole = await run("latency");
    const bare = await run("latency-bare");
    return [[whole, "tick → query, lake and models too"], [bare, "tick → query, without models"]]
      .map(([f, what]) => {
        const { rate, p50, p90, p99, worst } = f as Figures;
        const beside = `p90 ${MS(p90)}, worst ${MS(worst)}, at ${PER_S(rate)}`;
        const measured = `p50 ${MS(p50)}, p99 ${MS(p99)}`;
        return [String(what), measured, beside, "p50 ≤ 20 ms, p99 ≤ 100 ms"] as const;
      });
  },
  feed: async (run) => {
    const f = await run("feed");
    const beside = `received: p50 ${MS(f["received_p50"])}, p99 ${MS(f["received_p99"])}; ` +
      `receiving only: p50 ${MS(f["ceiling_p50"])}, p99 ${MS(f["ceiling_p99"])}`;
    const measured = `p50 ${MS(f["p50"])}, p99 ${MS(f["p99"])}`;
    const what = `trade at Finnhub's stand-in → query, at ${PER_S(f["rate"])}`;
    return [[what, measured, beside, "p99 ≤ 100 ms"]];
  },
  readers: async (run) => {
    const f = await run("readers");
    const what = "tick → query, lake and models too";
    const p99 = (phase: string) => f[`${phase}_p99`] ?? NaN;
    return [
      [what, "alone", `${number(f["alone_seen"] ?? NaN)} ticks`],
      [`${what}, beside 64 readers of the worst kind`, "beside", "0 lost, p99 < 1.2 ×"],
    ].map(([what = "", phase = "", aim = ""]) => {
      const of = (name: string) => MS(f[`${phase}_${name}`]);
      const lost = phase === "beside"
        ? `, ${number(f["lost"] ?? NaN)} lost, p99 ${TIMES(p99("beside"), p99("alone"))}`
        : "";
      const measured = `p50 ${of("p50")}, p99 ${of("p99")}`;
      return [what, measured, `p90 ${of("p90")}, worst ${of("worst")}${lost}`, aim] as const;
    });
  },
  lookback: async (run) => {
    const f = await run("lookback");
    const what = `last hour's average and count, ${number(f["rows"] ?? 0)} ticks`;
    const beside = `best ${MS(f["best"])}, plain count(*) ${MS(f["floor"])}`;
    return [[what, MS(f["first"]), beside, "< 1,000 ms"]];
  },
  topics: async (run) => {
    const f = await run("topics");
    const loop = `a loop with an object a message, without its checks: ${PER_S(f["byObject"])}`;
    return [
      ["own format → DuckDB, no mapping", PER_S(f["plain"]), "", ""],
      ["a topic of others → mapping → log", PER_S(f["relay"]), loop, "≥ 150,000/s"],
      ["the same, 1 price of 100 in doubt", PER_S(f["noisy"]), "", ""],
      ["a topic of others → mapping → log → DuckDB", PER_S(f["mapped"]), MIB(f["memory"]), ""],
    ];
  },
  proof: async (run) => {
    const f = await run("proof");
    const what = `log, lake and warehouse of ${number(f["records"] ?? 0)} ticks compared`;
    return [[what, PER_S(f["rate"]), `${number(f["cpuUs"] ?? NaN, 2)} µs of processor a tick`, ""]];
  },
  first: async (run) => {
    const { ms } = await run("first");
    return [["command → first candle on the screen", MS(ms), "", "≤ 10,000 ms"]];
  },
  fresh: async (run) => {
    const f = await run("fresh");
    const of = (side: string) => {
      const bytes = (f[`${side}_bytes`] ?? NaN) / 1e6;
      return `${MS(f[`${side}_ms`])}, ${number(bytes)} MB, ${
        number(f[`${side}_packages`] ?? NaN)
      } packages`;
    };
    const what = "fresh clone, empty caches, npx … task demo → first candle";
    return [[what, of("own"), `all of the lock file: ${of("all")}`, "≤ 40,000 ms, ⅔ of the bytes"]];
  },
  models: async (run) => {
    const f = await run("models");
    const grouped = `GROUP BY of symbol and second alone ${PER_S(f["floor_rate"])}`;
    const part = `${number((f["increment"] ?? NaN) / (f["full"] ?? NaN) * 100, 1)} % of that`;
    return [
      [`all models over ${number(f["rows"] ?? 0)} ticks`, PER_S(f["full_rate"]), grouped, ""],
      [`${number(f["step"] ?? 0)} more`, part, PER_S(f["step_rate"]), "≤ 5 %"],
    ];
  },
  growth: (run) => run("growth").then(growthRows),
  "growth-small": (run) => run("growth-small").then(growthRows),
  "models-backlog": async (run) => {
    const f = await run("models-backlog");
    const what = `models of a backlog of ${number(f["rows"] ?? 0)} ticks, in a stream's memory`;
    return [[what, PER_S(f["sliced_rate"]), `whole, with 8 GiB ${PER_S(f["whole_rate"])}`, ""]];
  },
  snowflake: async (run) => {
    const f = await run("snowflake");
    const naive = f["naive_cpuUs"] ?? NaN;
    return ["insert", "copy", "snowpipe", "streaming", "naive"].map((way) => {
      const us = f[`${way}_cpuUs`] ?? NaN;
      const rows = number(f[`${way}_records`] ?? f["records"] ?? NaN);
      const what = way === "naive" ? "a statement a row" : `Snowflake's stand-in by ${way}`;
      const beside = `${number(naive / us, 1)} × less than a statement a row, ${
        PER_S(f[`${way}_rate`])
      }`;
      return [
        `${what}, ${rows} rows`,
        `${number(us, 2)} µs of processor a row`,
        beside,
        "",
      ] as const;
    });
  },
  ...KAFKA,
};

// Those on real servers need Java, Go and Python, the models 20 GB of disk, and all of them many
// minutes, and a first start a network: only when named.
const NAMED = [...Object.keys(KAFKA), "fresh", "readers", "models", "models-backlog", "snowflake"]
  .concat(["growth", "growth-small"]);
// `--models <folder>`: the models of another checkout, beside these, in `growth`; `--ticks <number>`
// of its full build.
const { values: flags, positionals } = parseArgs({
  options: { models: { type: "string" }, ticks: { type: "string" } },
  allowPositionals: true,
});
const quick = Object.keys(SCENARIOS).filter((name) => !NAMED.includes(name));
const names = positionals.length > 0 ? positionals : quick;
const rows: Row[] = [];
for (const name of names) {
  const scenario = SCENARIOS[name];
  if (!scenario) throw new Error(`use some of ${Object.keys(SCENARIOS).join(", ")}`);
  console.error(`measuring ${name}`);
  rows.push(...await scenario(runScenario));
}
const { cpus } = await import("node:os");
print(`${cpus().length} cores, ${cpus()[0]?.model.trim()}; Deno ${Deno.version.deno}`);
print(table(["what", "measured", "beside", "aim"], rows));

/** How a step of new ticks grows with the tables, and a full build, beside that of other models. */
function growthRows(f: Figures): Row[] {
  const sizes = Object.keys(f).map((name) => /^own_step_(\d+)$/.exec(name)?.[1])
    .filter((size) => size !== undefined).map(Number);
  const has = (whose: string) => f[`${whose}_full`] !== undefined;
  const steps = ["own", "other"].filter(has).flatMap((whose): Row[] => {
    const of = (size: number) => f[`${whose}_step_${size}`];
    const models = whose === "own" ? "" : ", the other models";
    return [
      ...sizes.map((size): Row => [
        `100 more behind ${number(size)} ticks${models}`,
        `${MS(of(size))} of processor`,
        `their append alone ${MS(f[`${whose}_floor_${size}`])}`,
        "",
      ]),
      [
        `${number(f["largest"] ?? NaN)} over ${number(f["smallest"] ?? NaN)}${models}`,
        TIMES(of(f["largest"] ?? NaN), of(f["smallest"] ?? NaN)),
        "",
        whose === "own" ? "≤ 1.5 ×" : "",
      ],
    ];
  });
  const [full = NaN, other = NaN] = [f["own_full"], f["other_full"]];
  const s = (ms = NaN) => `${number(ms / 1000, 1)} s`;
  return [...steps, [
    `all models over ${number(f["full"] ?? NaN)} ticks`,
    `${s(full)} of processor, ${s(f["own_full_wall"])}`,
    has("other")
      ? `the other models ${s(other)}, ${s(f["other_full_wall"])}: ${TIMES(other, full)}`
      : "",
    has("other") ? "≥ 2 ×" : "",
  ]];
}

async function runScenario(name: string): Promise<Figures> {
  const script = join(import.meta.dirname ?? "", "scenario.ts");
  const flagArgs = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, `${value}`]);
  // The driver of the browser looks into /proc, which no smaller set of permissions allows.
  const permissions = ["first", "fresh"].includes(name) ? "--allow-all" : "-P=bench";
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", permissions, "--quiet", script, name, ...flagArgs],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`${name} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
