/** From the command to the first candle in a real browser. @module */
import { join } from "node:path";
import { copyProject, ROOT } from "../tests/install/project.ts";
import { launchChromium } from "../tests/page/chromium.ts";

/** How the demo is started. */
interface Start {
  readonly program: string;
  readonly args: readonly string[];
  /** The folder of the project. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const DEMO = ["task", "demo", "--seconds", "600"];
const AS_INSTALLED: Start = { program: Deno.execPath(), args: DEMO, cwd: ROOT, env: {} };
/** Long enough for a slow network. */
const WAIT_MS = 600_000;

/**
 * Starts `deno task demo` on an empty home and opens its page as soon as it is announced. The
 * browser is started before: users have theirs open. Milliseconds.
 */
export async function firstCandle(start = AS_INSTALLED): Promise<number> {
  const home = Deno.makeTempDirSync({ prefix: "tickhouse-bench-" });
  const browser = await launchChromium();
  const page = await browser.newPage();
  const startedAt = performance.now();
  const demo = new Deno.Command(start.program, {
    args: [...start.args],
    cwd: start.cwd,
    env: { ...start.env, TICKHOUSE_HOME: `${home}/home`, TICKHOUSE_PORT: "0" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    // A group of its own, which Ctrl-C ends as a whole: under npx there are several processes.
    detached: true,
  }).spawn();
  try {
    await page.goto(await announced(demo.stderr));
    await page.locator('[aria-label*="last close"]').first().waitFor({ timeout: WAIT_MS });
    return performance.now() - startedAt;
  } finally {
    await new Deno.Command("kill", { args: ["-INT", "--", `-${demo.pid}`] }).output();
    await demo.status;
    await browser.close();
    Deno.removeSync(home, { recursive: true });
  }
}

/** What a first start took and left. */
interface FirstStart {
  readonly ms: number;
  /** On disk, what has two names counted once; without Deno itself, which npx fetches. */
  readonly bytes: number;
  readonly packages: number;
}

/**
 * The README's first command on a fresh clone, with empty caches of Deno and npm. `all` is the other
 * side: how Deno installs by itself, which is all that the lock file holds.
 */
export async function firstStart(all: boolean): Promise<FirstStart> {
  const folder = Deno.makeTempDirSync({ prefix: "tickhouse-bench-" });
  try {
    const cwd = join(folder, "project");
    await copyProject(cwd);
    if (all) {
      const file = join(cwd, "deno.json");
      const json = JSON.parse(Deno.readTextFileSync(file));
      Deno.writeTextFileSync(file, JSON.stringify({ ...json, nodeModulesDir: "auto" }));
    }
    const env = {
      DENO_DIR: join(folder, "deno"),
      npm_config_cache: join(folder, "npm"),
      // Else npx takes a Deno that is installed.
      npm_config_prefix: join(folder, "prefix"),
    };
    Deno.mkdirSync(env.npm_config_prefix);
    const args = ["-y", `deno@${Deno.version.deno}`, ...DEMO];
    const ms = await firstCandle({ program: "npx", args, cwd, env });
    const store = join(cwd, "node_modules", ".deno");
    const packages = [...Deno.readDirSync(store)].filter(({ name }) => /.@\d/.test(name)).length;
    return { ms, bytes: bytesIn([env.DENO_DIR, join(cwd, "node_modules")]), packages };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** What files take on disk, each inode once. */
function bytesIn(folders: readonly string[]): number {
  const seen = new Set<number | null>();
  let bytes = 0;
  const waiting = [...folders];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const { name, isDirectory, isSymlink } of Deno.readDirSync(folder)) {
      const path = join(folder, name);
      if (isDirectory) waiting.push(path);
      if (isDirectory || isSymlink) continue;
      const { ino, blocks, size } = Deno.statSync(path);
      if (seen.has(ino)) continue;
      seen.add(ino);
      bytes += blocks === null ? size : blocks * 512;
    }
  }
  return bytes;
}

/** The URL that the demo prints. */
async function announced(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  const reader = stderr.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the demo ended: ${text}`);
    text += value;
    const url = /http:\/\/\S+/.exec(text)?.[0];
    if (!url) continue;
    // What it prints later must not fill the pipe and block it.
    void (async () => {
      while (!(await reader.read()).done);
    })();
    return url;
  }
}
