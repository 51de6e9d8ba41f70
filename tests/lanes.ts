/**
 * Runs files of tests, each in a process of its own, some at a time: a process that ends, hangs or
 * keeps memory takes no other file with it, and no lane waits while files are left.
 * @module
 */
import { delay } from "@std/async";

/** What to run, and how. */
export interface LanesOptions {
  /** Files, in the order in which they are begun. */
  readonly files: readonly string[];
  /** Files at a time. Default: one a processor, and one more: some wait. */
  readonly lanes?: number;
  /** Flags of `deno test`: permissions and what the user gave. */
  readonly flags: (file: string) => readonly string[];
  /** On top of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Told how each file ended. Default: standard output. */
  readonly shown?: (text: string) => void;
}

/** What came of it. */
export interface Tally {
  readonly files: number;
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
  readonly seconds: number;
  readonly failures: readonly Failure[];
}

/** A file that is red. */
export interface Failure {
  readonly file: string;
  /** Names of the tests; none if the file ended before it could count. */
  readonly names: readonly string[];
  /** All that it printed. */
  readonly text: string;
}

/** How a process ended. */
export interface Ended {
  readonly success: boolean;
  /** What it printed, on both outputs, in the order in which it came. */
  readonly text: string;
}

/** Seconds after which it is said what still runs. */
const PATIENCE_S = 60;
/** Milliseconds that what a process left running may keep its outputs open. */
const LEFT_MS = 5_000;
/** Lines of a file's failures that are shown again. */
const LINES_MAX = 40;

/** Runs all files and says of each how it ended; all of the output of those that failed. */
export async function runFiles(options: LanesOptions): Promise<Tally> {
  const { files, lanes = navigator.hardwareConcurrency + 1, flags, env = {}, shown = print } =
    options;
  const startedAt = performance.now();
  const waiting = [...files];
  const failures: Failure[] = [];
  const sum = { passed: 0, failed: 0, ignored: 0 };
  const lane = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const begun = performance.now();
      const seconds = () => Math.round((performance.now() - begun) / 1000);
      const timer = setInterval(
        () => shown(`still running: ${file}, ${seconds()} s\n`),
        PATIENCE_S * 1000,
      );
      const ended = await runDeno(["test", ...flags(file), file], env);
      clearInterval(timer);
      const counts = countsOf(ended);
      for (const key of ["passed", "failed", "ignored"] as const) sum[key] += counts[key];
      const { passed, failed } = counts;
      const isRed = failed > 0;
      shown(`${isRed ? "FAILED" : "ok    "} ${file}: ${passed} passed, ${seconds()} s\n`);
      if (!isRed) continue;
      shown(ended.text);
      failures.push({ file, names: failedNames(ended.text), text: ended.text });
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, files.length) }, lane));
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return { files: files.length, ...sum, seconds, failures };
}

/** Puts the packages in place before many processes would at the same time. */
export async function installPackages(): Promise<void> {
  const { success, text } = await runDeno(["install"]);
  if (success) return;
  console.error(text);
  Deno.exit(1);
}

/** The failures once more, as short as names and messages allow, for whoever sees the end only. */
export function failuresText({ failures }: Tally): string {
  const texts = failures.map(({ file, text }) => {
    const lines = errorsOf(text).split("\n");
    const rest = lines.length - LINES_MAX;
    const more = rest > 0 ? [`... ${rest} more lines, above`] : [];
    return [`--- ${file}`, ...lines.slice(0, LINES_MAX), ...more].join("\n");
  });
  const names = failures.flatMap(({ file, names }) =>
    names.length === 0 ? [`FAILED ${file}`] : names.map((name) => `FAILED ${file}: ${name}`)
  );
  return [...texts, ...names].join("\n");
}

/** "12 passed, 0 failed" and what else there is to count. */
export function countsText({ files, passed, failed, ignored, seconds }: Tally): string {
  const skipped = ignored > 0 ? `, ${ignored} ignored` : "";
  return `${passed} passed, ${failed} failed${skipped}, in ${files} files, ${seconds} s`;
}

/** Runs deno to its end; `shown` is called with what it prints. */
export async function runDeno(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  shown: (text: string) => void = () => {},
): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  const take = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      shown(chunk);
    }
  };
  const taken = Promise.all([take(child.stdout), take(child.stderr)]);
  const { success, code, signal } = await child.status;
  await Promise.race([taken, delay(LEFT_MS, { persistent: false })]);
  if (!success) text += `\n(ended ${signal === null ? `with status ${code}` : `by ${signal}`})\n`;
  return { success, text };
}

/** Prints all of it: a pipe takes only so much at a time. */
export function print(text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

function countsOf({ success, text }: Ended): { passed: number; failed: number; ignored: number } {
  const all = [...text.matchAll(/^(?:ok|FAILED) \| (.*)$/gm)].at(-1)?.[1] ?? "";
  const count = (word: string) =>
    Number(new RegExp(`(\\d+) ${word}(?: \\(\\d+ steps?\\))?`).exec(all)?.[1] ?? 0);
  const [passed, failed, ignored] = [count("passed"), count("failed"), count("ignored")];
  const isEmpty = passed + failed + ignored + count("filtered out") === 0;
  // What failed before it could count must not pass for a file without failures, nor one of no test.
  return { passed, failed: success && !isEmpty ? failed : Math.max(failed, 1), ignored };
}

/** The part of the output that tells of failures, or its end. */
function errorsOf(text: string): string {
  const at = text.lastIndexOf("\n ERRORS \n");
  return (at < 0 ? text.trimEnd().split("\n").slice(-LINES_MAX).join("\n") : text.slice(at)).trim();
}

function failedNames(text: string): string[] {
  const at = text.lastIndexOf("\n FAILURES \n");
  return at < 0
    ? []
    : [...text.slice(at).matchAll(/^(.+) => \S+:\d+:\d+$/gm)].map(([, name = ""]) => name);
}
