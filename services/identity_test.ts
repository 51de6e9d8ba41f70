import { assert, assertEquals } from "@std/assert";
import { identify, lives } from "./identity.ts";

Deno.test("identify() notes a process, and lives() knows when it is gone or another", async () => {
  const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
  const noted = await identify(child.pid);
  assert(noted);
  assertEquals(await lives(noted), true);
  assertEquals(await lives({ ...noted, born: "another time" }), false);
  child.kill("SIGKILL");
  await child.status;
  assertEquals(await lives(noted), false);
  assertEquals(await identify(child.pid), undefined);
});
