/**
 * A Jupyter client for the real Deno kernel. The kernel may report a cell as done before its
 * output is sent, so a mark goes through every channel behind each cell: what comes before the
 * marks is the cell's.
 * @module
 */
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { delay } from "@std/async";
import { type Frames, ZmtpSocket } from "./zmtp.ts";

/** An output as a notebook file holds it. */
export interface Output {
  readonly output_type: "stream" | "display_data" | "execute_result" | "error";
  readonly name?: string;
  text?: string;
  readonly data?: Record<string, unknown>;
  readonly metadata?: Record<string, unknown>;
  readonly execution_count?: number;
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: string[];
}

interface Message {
  readonly type: string;
  readonly parent: string | undefined;
  readonly content: Record<string, unknown>;
}

const DELIMITER = "<IDS|MSG>";
/** A minute: a machine under load starts slowly. */
const START_TRIES = 1200;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A running kernel. */
export class Kernel implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;
  readonly #key: string;
  readonly #session = crypto.randomUUID();
  #shell!: ZmtpSocket;
  #iopub!: ZmtpSocket;

  private constructor(process: Deno.ChildProcess, folder: string, key: string) {
    this.#process = process;
    this.#folder = folder;
    this.#key = key;
  }

  /** Starts a kernel that works in the folder `cwd`. */
  static async start(cwd: string, env: Record<string, string> = {}): Promise<Kernel> {
    const folder = await Deno.makeTempDir();
    const key = crypto.randomUUID();
    const [shell = 0, iopub = 0, stdin, control, hb] = freePorts(5);
    const file = join(folder, "kernel.json");
    await Deno.writeTextFile(
      file,
      JSON.stringify({
        transport: "tcp",
        ip: "127.0.0.1",
        key,
        signature_scheme: "hmac-sha256",
        shell_port: shell,
        iopub_port: iopub,
        stdin_port: stdin,
        control_port: control,
        hb_port: hb,
      }),
    );
    const process = new Deno.Command(Deno.execPath(), {
      args: ["jupyter", "--kernel", "--conn", file],
      cwd,
      env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const kernel = new Kernel(process, folder, key);
    try {
      kernel.#shell = await connected(shell, "DEALER");
      kernel.#iopub = await connected(iopub, "SUB");
      await kernel.#awaitSubscription();
    } catch (error) {
      await kernel[Symbol.asyncDispose]();
      throw error;
    }
    return kernel;
  }

  /** Runs a cell and returns all it put out, streams merged. */
  async run(code: string): Promise<{ outputs: Output[]; executionCount: number }> {
    const cell = await this.#send("execute_request", executeContent(code));
    const reply = await this.#reply(cell);
    const mark = crypto.randomUUID();
    await this.#send("execute_request", executeContent(markCode(mark), false));
    const outputs: Output[] = [];
    for (let marks = 0; marks < 3;) {
      const output = toOutput(await this.#published());
      if (!output) continue;
      if (JSON.stringify(output).includes(mark)) {
        const text = output.text ?? "";
        // A stream may carry the cell's last words and the mark in one message.
        const before = text.slice(0, Math.max(0, text.indexOf(mark)));
        if (before) append(outputs, { ...output, text: before });
        marks++;
      } else append(outputs, output);
    }
    return { outputs, executionCount: Number(reply.content["execution_count"] ?? 0) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#shell?.[Symbol.dispose]();
    this.#iopub?.[Symbol.dispose]();
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended already.
    }
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** A subscription takes effect some time after it is sent: asks until an answer is published. */
  async #awaitSubscription(): Promise<void> {
    let heard = false;
    const listening = this.#published().then(() => heard = true);
    for (let tries = 0; !heard && tries < START_TRIES; tries++) {
      await this.#reply(await this.#send("kernel_info_request", {}));
      await Promise.race([listening, delay(50)]);
    }
    if (!heard) throw new Error("the kernel publishes nothing");
  }

  async #send(type: string, content: unknown): Promise<string> {
    const id = crypto.randomUUID();
    const header = {
      msg_id: id,
      session: this.#session,
      username: "test",
      date: new Date().toISOString(),
      msg_type: type,
      version: "5.3",
    };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    await this.#shell.send(
      [DELIMITER, hmac.digest("hex"), ...parts].map((p) => encoder.encode(p)),
    );
    return id;
  }

  async #reply(id: string): Promise<Message> {
    while (true) {
      const message = parse(await this.#shell.receive());
      if (message.parent === id) return message;
    }
  }

  async #published(): Promise<Message> {
    return parse(await this.#iopub.receive());
  }
}

function parse(frames: Frames | undefined): Message {
  if (!frames) throw new Error("the kernel has ended");
  const texts = frames.map((f) => decoder.decode(f));
  const [, header = "{}", parent = "{}", , content = "{}"] = texts.slice(
    texts.indexOf(DELIMITER) + 1,
  );
  return {
    type: JSON.parse(header).msg_type,
    parent: JSON.parse(parent).msg_id,
    content: JSON.parse(content),
  };
}

function toOutput({ type, content }: Message): Output | undefined {
  switch (type) {
    case "stream":
    case "error":
      return { output_type: type, ...content };
    case "display_data":
      return { output_type: type, data: content["data"] as Output["data"] ?? {}, metadata: {} };
    case "execute_result": {
      const { data, execution_count } = content as unknown as Output;
      return {
        output_type: type,
        data: data ?? {},
        metadata: {},
        execution_count: execution_count ?? 0,
      };
    }
    default:
      return undefined;
  }
}

function append(outputs: Output[], output: Output): void {
  const last = outputs.at(-1);
  const continued = last?.output_type === "stream" && output.output_type === "stream" &&
    last.name === output.name;
  if (continued) last.text = (last.text ?? "") + (output.text ?? "");
  else outputs.push({ ...output });
}

function executeContent(code: string, store = true) {
  return {
    code,
    silent: false,
    store_history: store,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: false,
  };
}

function markCode(mark: string): string {
  const text = JSON.stringify(mark);
  return `console.log(${text}); console.error(${text}); ` +
    `await Deno.jupyter.display({ "text/plain": ${text} }, { raw: true });`;
}

async function connected(port: number, type: "DEALER" | "SUB"): Promise<ZmtpSocket> {
  for (let tries = 0;; tries++) {
    try {
      return await ZmtpSocket.connect(port, type);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused) || tries > START_TRIES) throw error;
      await delay(50);
    }
  }
}

function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map((l) => l.addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}
