/** dbt as a program, on either warehouse. @module */
import { assertEquals } from "@std/assert";
import { messageOf } from "../../pipeline/errors.ts";

/** The folder of the models. */
export const MODELS = new URL("../../models", import.meta.url).pathname;

/** What makes dbt build seeds and models, and run no tests. */
export const BUILD = ["build", "--resource-type", "seed", "--resource-type", "model"] as const;

/** What makes it build models from seeds that are there. */
export const BUILD_AGAIN = ["build", "--resource-type", "model"] as const;

/** Runs dbt with these variables; all of its files go to `folder`. Returns what it printed. */
export async function dbt(
  folder: string,
  variables: Record<string, string>,
  ...args: string[]
): Promise<string> {
  const program = Deno.env.get("TICKHOUSE_DBT") ?? "dbt";
  const command = new Deno.Command(program, {
    args: [
      ...["--no-use-colors", ...args, "--project-dir", MODELS, "--profiles-dir", MODELS],
      // Snowflake's connector imports on its first connections: several at once have waited for one
      // another for ever.
      ...["--threads", "1"],
      ...["--target-path", `${folder}/target`, "--log-path", `${folder}/logs`],
    ],
    env: { DBT_SEND_ANONYMOUS_USAGE_STATS: "false", ...variables },
    cwd: folder,
  });
  const { code, stdout, stderr } = await command.output().catch((cause) => {
    throw new Error(
      `${program} can't run: ${messageOf(cause)}. Run \`deno task test:services\`, which ` +
        `installs it, or name it in TICKHOUSE_DBT.`,
      { cause },
    );
  });
  const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 0, `dbt ${args.join(" ")} failed:\n${printed}`);
  return printed;
}
