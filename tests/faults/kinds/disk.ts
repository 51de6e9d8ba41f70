/** The disk is full: the stream ends with a clear error, and goes on when there is room. @module */
import { assertExit } from "../check.ts";
import type { Kind } from "../kind.ts";
import { finish } from "./finish.ts";

/** The worker can't write files beyond some KiB. */
export const diskFull: Kind = {
  name: "disk full",
  weight: 4,
  async run(run) {
    await run.produce({ messages: run.between(300, 600) });
    const store = run.lake();
    const kib = run.between(1, 8);
    run.note(`files of ${kib} KiB`);
    const args = ["stream", "--source", "none", "--seconds", "1", "--no-models"];
    assertExit(await run.cli(args, { store }, kib), 2, /error DISK_FULL: .*[Ff]ree/);
    run.struck("disk full");
    await finish(run, { store });
  },
};
