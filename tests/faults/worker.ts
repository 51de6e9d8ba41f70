/**
 * A worker in a process of its own, which may kill itself in mid-work. Its jobs come as lines of
 * JSON on stdin; it answers each with a line: `{}` or `{code, message, kind}`.
 * @module
 */
import { messageOf, TickhouseError } from "tickhouse/errors.ts";
import { produceFrom } from "./produce_work.ts";
import type { Answer, Task } from "./process.ts";
import { type Job, type OnStep, work } from "./work.ts";

/** Kills this process at the chosen step. */
function killer({ crash }: Job): OnStep {
  let seen = 0;
  return (step, when) => {
    if (step !== crash?.step || when !== crash.when || ++seen !== crash.nth) return;
    Deno.kill(Deno.pid, "SIGKILL");
  };
}

async function answer(task: Task): Promise<Answer> {
  try {
    if (task.verb === "work") await work(task.job, { onStep: killer(task.job) });
    else await produceFrom(task.job);
    return {};
  } catch (error) {
    const known = error instanceof TickhouseError;
    return {
      code: known ? error.code : "UNEXPECTED",
      message: known
        ? error.message
        : error instanceof Error
        ? String(error.stack)
        : messageOf(error),
    };
  }
}

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
let held = "";
console.log("ready");
for await (const text of lines) {
  held += text;
  for (let end = held.indexOf("\n"); end >= 0; end = held.indexOf("\n")) {
    const line = held.slice(0, end);
    held = held.slice(end + 1);
    console.log(JSON.stringify(await answer(JSON.parse(line))));
  }
}
