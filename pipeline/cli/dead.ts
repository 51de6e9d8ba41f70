/** `dead`: what was refused, as a list, as a file, and tried again. @module */
import { print, printJson, status } from "../console.ts";
import { TickhouseError } from "../errors.ts";
import { isReplayGood } from "../house/dead.ts";
import type { House } from "../house/house.ts";

/** What is done with dead letters. */
export type DeadVerb = "list" | "export" | "replay";

/** What the command line says. */
export interface DeadFlags {
  readonly reason?: string | undefined;
  readonly topic?: string | undefined;
  readonly limit?: number | undefined;
  readonly to?: string | undefined;
  readonly logOnly: boolean;
  readonly models: boolean;
  readonly json: boolean;
}

/** Lists, exports or replays dead letters. Exit status 1 where a replay was in vain. */
export async function runDead(house: House, what: DeadVerb, flags: DeadFlags): Promise<number> {
  const { reason, topic, limit, to, logOnly, models, json } = flags;
  checkFlags(what, flags);
  const filter = {
    ...(reason === undefined ? {} : { reason }),
    ...(topic === undefined ? {} : { topic }),
  };
  const show = (report: object) => {
    status.clear();
    if (json) printJson(report);
    else print(String(report));
  };
  if (what === "list") {
    show(await house.dead({ ...filter, ...(limit === undefined ? {} : { limit }) }));
    return 0;
  }
  if (what === "export") {
    if (to === undefined) throw withoutFile();
    const report = await house.exportDead({ ...filter, to });
    show(report);
    return report.count > 0 ? 0 : 1;
  }
  const report = await house.replayDead({ ...filter, logOnly, models });
  show(report);
  return isReplayGood(report) ? 0 : 1;
}

/** An option of another of these would be passed over in silence. */
function checkFlags(what: DeadVerb, { limit, to, logOnly, models }: DeadFlags): void {
  const given: readonly (readonly [DeadVerb, string, boolean])[] = [
    ["list", "--limit", limit !== undefined],
    ["export", "--to", to !== undefined],
    ["replay", "--log-only", logOnly],
    ["replay", "--no-models", !models],
  ];
  for (const [of, option, isGiven] of given) {
    if (!isGiven || of === what) continue;
    throw new TickhouseError("OPTION_INVALID", `is an option of \`dead ${of}\``, {
      field: option,
      fix: `leave it out, or write \`deno task dead ${of}\``,
    });
  }
}

function withoutFile(): TickhouseError {
  return new TickhouseError("OPTION_INVALID", "an export needs a file to write", {
    field: "--to",
    fix: "name one that is not there yet, such as --to dead.ndjson",
  });
}
