/**
 * All settings wrong in turn: `deno run --allow-all tests/attack/settings.ts`. What can be refused
 * without a process is; with what is accepted, `doctor`, `status` and a small `stream` run. Exit
 * status 1 if one of them ends with 70, hangs, prints a stack trace, tells a secret, or refuses a
 * value without its variable's name. `--share N --turn T`: of the values that are taken, an N-th.
 * @module
 */
import { Command } from "commander";
import { join } from "node:path";
import { parseConfig } from "tickhouse/config/config.ts";
import { TickhouseError } from "tickhouse/errors.ts";
import type { Setting } from "tickhouse/config/setting.ts";
import { SETTINGS } from "tickhouse/config/settings.ts";
import { type Finished, Place } from "../cli/command.ts";
import { shareOf } from "../turn.ts";

/** Milliseconds after which a process counts as hanging. */
const LIMIT_MS = 600_000;
/** Processes at once: most of the time they wait for servers that are not there. */
const LANES = 6;
/** Secrets shorter than that are not looked for: they stand in any text. */
const SECRET_MIN = 8;

/** What no setting is made for, by what it is. */
const VALUES: Readonly<Record<string, string>> = {
  "empty": "",
  "spaces": "   ",
  "spaces around": " x ",
  "long": "x".repeat(5_000),
  "very long": "x".repeat(100_000),
  "negative": "-1",
  "zero": "0",
  "huge": "1e308",
  "beyond": "1e309",
  "no number": "NaN",
  "hexadecimal": "0xff",
  "unicode": "Zürich-☃-東京-🚀",
  "half a character": "a\ud800b",
  "escape": "\u001b[31mred\u0007",
  "right to left": "a\u202eb",
  "newline": "one\ntwo",
  "carriage return": "one\r\n",
  "NUL": "a\u0000b",
  "a folder": "folder",
  "a file": "file",
  "nothing": "missing/deeper",
  "below a file": "file/below",
  "a device": "/dev/null",
  "upwards": "../outside",
  "dots": "..",
  "user of a URL": "http://me:hunter2-hunter2@127.0.0.1:9",
  "user of a host": "me:hunter2-hunter2@127.0.0.1:9",
  "signature": "http://127.0.0.1:9/?sig=hunter2-hunter2",
  "odd URL": "http://[",
  "SQL": `'"; DROP TABLE bronze.ticks; --`,
  "shell": "$(id) `id` ; id",
  "escapes": "%00%0a%2e%2e\\x00\\",
  "commas": ",,,",
  "pairs": "__proto__=x,constructor=y",
  "template": "../{offset}/{topic}{{x}}",
  "word": "undefined-undefined",
};

/** Settings of what is not in the process; the others are tried alone. */
const ADAPTERS = /^TICKHOUSE_(KAFKA|REGISTRY|S3|AZURE|SNOWFLAKE|PROXY)/;
/** Where the adapters' settings lead to, unless they are what is wrong: nothing listens there. */
const NOWHERE: Readonly<Record<string, string>> = {
  TICKHOUSE_KAFKA_BROKERS: "127.0.0.1:9",
  TICKHOUSE_REGISTRY_URL: "http://127.0.0.1:9",
  TICKHOUSE_S3_ENDPOINT: "http://127.0.0.1:9",
  TICKHOUSE_S3_ACCESS_KEY: "me",
  TICKHOUSE_AZURE_CONNECTION: "BlobEndpoint=http://127.0.0.1:9/me;AccountName=me;AccountKey=a2V5",
  TICKHOUSE_SNOWFLAKE_ACCOUNT: "standin",
  TICKHOUSE_SNOWFLAKE_USER: "me",
  TICKHOUSE_SNOWFLAKE_PASSWORD: "not-the-word",
  TICKHOUSE_SNOWFLAKE_URL: "http://127.0.0.1:9",
};
/** What makes the adapters be asked. */
const PARTS: readonly Readonly<Record<string, string>>[] = [
  { TICKHOUSE_BROKER: "kafka", TICKHOUSE_CODEC: "avro", TICKHOUSE_KAFKA_SECURITY: "SASL_SSL" },
  { TICKHOUSE_STORE: "s3", TICKHOUSE_SINKS: "lake" },
  { TICKHOUSE_STORE: "azure", TICKHOUSE_SINKS: "lake" },
  { TICKHOUSE_SINKS: "snowflake" },
  { TICKHOUSE_SINKS: "snowflake", TICKHOUSE_SNOWFLAKE_AUTHENTICATOR: "key-pair" },
  { TICKHOUSE_CODEC: "avro" },
  { TICKHOUSE_BROKER: "kafka", TICKHOUSE_STORE: "s3", TICKHOUSE_SINKS: "lake,snowflake" },
];
const STREAM = ["stream", "--limit", "10", "--no-models"];
const VERBS = [STREAM, ["doctor"], ["status"]];

/** What is run, and what it must name if it is refused. */
interface Trial {
  readonly what: string;
  readonly args: readonly (readonly string[])[];
  readonly env: Readonly<Record<string, string>>;
  readonly names: string | undefined;
  readonly secret: string | undefined;
}

const { share, turn } = new Command("settings")
  .option("--share <n>", "an n-th of the values that are taken", Number, 1)
  .option("--turn <n>", "which of them", Number, 0)
  .parse(["", "", ...Deno.args]).opts<{ share: number; turn: number }>();
const findings: string[] = [];
let refused = 0;
let runs = 0;

function report(what: string, why: string, said: string): void {
  const shown = JSON.stringify(said.length > 600 ? `${said.slice(0, 600)}...` : said);
  findings.push(`${what}: ${why}: ${shown}`);
  console.log(`FINDING ${findings.at(-1)}`);
}

/** Whether the value is taken; what is wrong with a refusal is a finding. */
function isTaken(setting: Setting, kind: string, value: string): boolean {
  const { variable } = setting;
  try {
    parseConfig({ [variable]: value });
    return true;
  } catch (error) {
    refused++;
    const what = `${variable} (${kind})`;
    if (!(error instanceof TickhouseError)) report(what, "no clear error", String(error));
    else if (!error.message.includes(variable)) report(what, "is not named", error.message);
    else if (tells(error.message, setting.secret ? value : undefined)) {
      report(what, "a secret is told", error.message);
    }
    return false;
  }
}

function tells(text: string, secret: string | undefined): boolean {
  const whole = secret !== undefined && secret.length >= SECRET_MIN && text.includes(secret);
  return whole || text.includes("hunter2");
}

async function attempt({ what, args, env, names, secret }: Trial): Promise<void> {
  using place = new Place();
  place.write("file", "");
  Deno.mkdirSync(place.path("folder"));
  for (const verb of args) {
    runs++;
    const result = await place.runWithin(LIMIT_MS, verb, env);
    const named = `${what}, ${verb[0]}`;
    if (!result) report(named, "hangs", "");
    else judge(named, result, names, secret);
  }
}

function judge(
  what: string,
  { code, out, err }: Finished,
  names: string | undefined,
  secret: string | undefined,
): void {
  const text = `${out}\n${err}`;
  if (![0, 1, 2].includes(code)) report(what, `ends with ${code}`, text);
  if (/^\s+at .*[:(]/m.test(text) || /unexpected error|Uncaught|panicked/.test(text)) {
    report(what, "a stack trace", text);
  }
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/.test(text)) {
    report(what, "steers the terminal", text);
  }
  if (tells(text, secret)) report(what, "a secret is told", text);
  if (code !== 2) return;
  if (!/^error [A-Z_]+: /m.test(err)) report(what, "no clear error", text);
  else if (names !== undefined && !err.includes(names)) report(what, "is not named", text);
}

/** All that is run: each setting of the process alone, those of the adapters together. */
function trials(): Trial[] {
  const settings = Object.values<Setting>(SETTINGS);
  return Object.entries(VALUES).flatMap(([kind, value], at): Trial[] => {
    const taken = settings.filter((setting) => isTaken(setting, kind, value));
    // An empty one is as none.
    if (value === "") return [];
    const own = taken.filter(({ variable }) => !ADAPTERS.test(variable));
    const alone = own.map(({ variable, secret }) => ({
      what: `${variable} (${kind})`,
      args: VERBS,
      env: { [variable]: value, ...(kind === "template" ? { TICKHOUSE_LAKE_FORMAT: "json" } : {}) },
      names: variable,
      secret: secret ? value : undefined,
    }));
    const others = taken.filter(({ variable }) => ADAPTERS.test(variable));
    const wrong = Object.fromEntries(others.map(({ variable }) => [variable, value]));
    // `doctor` asks each of them; a stream ends at the first, so each value meets another one.
    const every = { ...NOWHERE, ...wrong, ...Object.assign({}, ...PARTS) };
    const one = { ...NOWHERE, ...wrong, ...PARTS[at % PARTS.length] };
    const what = `${others.length} settings of adapters (${kind})`;
    const together = [
      { what, args: [["doctor"]], env: every, names: undefined, secret: value },
      { what, args: [STREAM], env: one, names: undefined, secret: value },
    ];
    return others.length === 0 ? alone : [...alone, ...together];
  });
}

const startedAt = performance.now();
// Of its own: what leads upwards stays below it.
const folder = Deno.makeTempDirSync({ prefix: "tickhouse-attack-" });
const inner = join(folder, "inner");
Deno.mkdirSync(inner);
Deno.env.set("TMPDIR", inner);
try {
  const waiting = shareOf(trials(), share, turn);
  await Promise.all(Array.from({ length: LANES }, async () => {
    for (let trial = waiting.shift(); trial; trial = waiting.shift()) await attempt(trial);
  }));
} finally {
  Deno.removeSync(folder, { recursive: true });
}
const seconds = Math.round((performance.now() - startedAt) / 1000);
const settings = Object.keys(SETTINGS).length;
console.log(
  `${settings} settings, ${Object.keys(VALUES).length} values: ${refused} refused at once, ` +
    `${runs} processes, ${findings.length} findings, ${seconds} s`,
);
Deno.exit(findings.length === 0 ? 0 : 1);
