import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PipeServer } from "../snowpipe/pipe_server.ts";
import { makeKey } from "../snowpipe/keys.ts";
import { smoke } from "../snowflake_smoke.ts";
import { standIn } from "../snowflake/rig.ts";
import { SnowflakeSession } from "tickhouse/snowflake/session.ts";

async function databases(): Promise<number> {
  await using session = await SnowflakeSession.open(standIn);
  const found = await session.query("SHOW DATABASES LIKE 'TICKHOUSE_SMOKE_%'");
  return found.rows.length;
}

Deno.test("smoke() passes on the stand-in, and leaves nothing there", async () => {
  using key = makeKey();
  await using server = new PipeServer(standIn, key.publicKey);
  const before = await databases();
  const steps: string[] = [];
  const byKey = { authenticator: "key-pair", keyPath: key.path, url: server.url } as const;
  await smoke({
    snowflake: standIn,
    snowpipe: { ...standIn, ...byKey },
    say: (step) => steps.push(step),
  });
  assertEquals(steps.length, 8);
  assertMatch(steps.join("\n"), /insert[^]*COPY[^]*Snowpipe[^]*each once[^]*models[^]*dropped/);
  assertEquals(await databases(), before);
});

Deno.test("smoke() drops its database when a step fails", async () => {
  const before = await databases();
  const streaming = { ...standIn, authenticator: "password" } as const;
  const steps: string[] = [];
  const run = () => smoke({ snowflake: standIn, streaming, say: (step) => steps.push(step) });
  await assertRejects(run, Error, "Snowpipe Streaming takes key pairs");
  assertMatch(steps.join("\n"), /models[^]*dropped/);
  assertEquals(await databases(), before);
});
